"""The config file's sections about rules: calendars, ladders, approvals, routes, tests. YAML keys are field names."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, Discriminator, Field, Tag, WithJsonSchema

from bridge.domain.ticket import Priority
from bridge.rulebook.complaints import quoted
from bridge.rulebook.models_shores import Strict, Where
from bridge.rulebook.scalars import Day, Duration, Moment, Name, Opening, Timezone, wrong

PriorityName: TypeAlias = Literal["low", "normal", "high", "urgent"]
if set(PriorityName.__args__) != set(Priority):  # type: ignore[attr-defined]  # typing shows no arguments of an alias
    raise RuntimeError("the config's priorities are not the domain's")


def _scalar(value: object) -> object:
    if isinstance(value, (str, int, float, bool)):
        return value
    raise wrong("expected a single value" + ("; for no value write {exists: false}" if value is None else ""))


def _number(value: object) -> object:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    raise wrong(f"{quoted(value)} is not a number")


ScalarValue: TypeAlias = Annotated[str | int | float | bool, BeforeValidator(_scalar)]
Number: TypeAlias = Annotated[int | float, BeforeValidator(_number)]


def _shape(value: object) -> str:
    if isinstance(value, list):
        return "«list»"
    return "«rule»" if isinstance(value, (dict, BaseModel)) else "«value»"


Condition: TypeAlias = Annotated[
    Annotated[ScalarValue, Tag("«value»")]
    | Annotated[list[ScalarValue], Tag("«list»")]
    | Annotated["Rule", Tag("«rule»")],
    Discriminator(_shape),
]


class Rule(Strict):
    """A condition in words; several keys must all hold."""

    not_: Condition | None = Field(default=None, alias="not", description="The condition must not hold.")
    prefix: str | None = Field(default=None, min_length=1, description="The text begins so.", examples=["fr"])
    regex: str | None = Field(default=None, description="Searched anywhere in the text, by RE2's rules.")
    gte: Number | None = Field(default=None, description="At least.", examples=[100])
    lte: Number | None = Field(default=None, description="At most.", examples=[100])
    exists: bool | None = Field(default=None, description="true: it was given; false: it was not.")
    contains: str | None = Field(default=None, min_length=1, description="Part of a text, or one of several values.")
    any_: list[Condition] | None = Field(default=None, alias="any", min_length=1, description="One of these holds.")
    all_: list[Condition] | None = Field(default=None, alias="all", min_length=1, description="All of these hold.")


class When(Strict):
    """Inside or outside the hours of a calendar; part of matching."""

    in_: str | None = Field(default=None, alias="in", description="A calendar; while it is open.", examples=["office"])
    not_in: str | None = Field(default=None, description="A calendar; while it is closed.", examples=["office"])


class Calendar(Strict):
    """Business hours."""

    timezone: Timezone | None = Field(default=None, description="Else the file's.")
    weekly: dict[str, list[Opening]] = Field(
        default={}, description="mon, mon-fri or sat,sun → hours.", examples=[{"mon-fri": ["09:00-18:00"]}]
    )
    closed: list[Day] = Field(default=[], description="Dates without any hours.", examples=[["2026-12-25"]])
    exceptions: dict[Day, list[Opening]] = Field(default={}, description="A date → its hours instead of the week's.")


class StepIf(Strict):
    """Only for tickets of these priorities."""

    priority: PriorityName | list[PriorityName] = Field(description="One, or a list.")


class Step(Strict):
    """One reminder."""

    after: Duration = Field(description="Since the ladder began, on its clock.")
    do: Literal["notify", "mention", "digest", "alert", "nudge", "release"] = Field(
        description="mention rings; digest posts the queue; alert goes to `to`; nudge and release are for the assignee."
    )
    who: str | None = Field(default=None, description="team, assignee, or a team's name.")
    to: str | None = Field(default=None, description="The same as `who`; reads better with alert.")
    if_: StepIf | None = Field(default=None, alias="if", description="Only for tickets of these priorities.")


class Repeat(Strict):
    """The last step again."""

    every: Duration = Field(description="The span between two repeats.")
    times: int = Field(ge=1, le=1000, description="How often at most.")


class Ladder(Strict):
    """Reminders of a ticket that waits."""

    clock: str = Field(default="wall", description="A calendar's name, or wall.")
    until: Literal["claimed", "replied", "closed"] = Field(description="What ends it.")
    rearm: Literal["user_wrote"] | None = Field(default=None, description="Begin again when the user writes again.")
    steps: list[Step] = Field(min_length=1, description="In the order of `after`.")
    repeat: Repeat | None = Field(default=None, description="The last step again.")


def _name_or_ladder(value: object) -> str:
    return "«ladder»" if isinstance(value, (dict, Ladder)) else "«name»"


LadderChoice: TypeAlias = Annotated[
    Annotated[str, Tag("«name»")] | Annotated[Ladder, Tag("«ladder»")], Discriminator(_name_or_ladder)
]


class Expire(Strict):
    """What happens to a draft nobody decided."""

    after: Duration = Field(description="Undecided for so long.")
    clock: str = Field(default="wall", description="A calendar's name, or wall.")
    then: Literal["expire", "alert", "requeue", "hold", "send"] = Field(
        default="expire", description="What becomes of the draft."
    )


class Approval(Strict):
    """Who decides about drafts, and how."""

    approvers: str = Field(default="team", description="team (the route's own) or a team's name.")
    allow: list[Literal["approve", "edit", "reject", "answer", "revise"]] = Field(
        default=["approve", "edit", "reject", "answer"], min_length=1, description="The buttons a draft has."
    )
    quorum: int = Field(default=1, ge=1, le=20, description="How many must agree.")
    expire: Expire | None = Field(default=None, description="When nobody decides.")
    on_new_message: Literal["supersede", "hold", "keep"] = Field(
        default="supersede", description="When the user writes before the decision."
    )


class Target(Strict):
    """Where tickets of a route are shown."""

    platform: str | None = Field(default=None, description="A name under `platforms`, or console.")
    channel: str | None = Field(default=None, description="The channel's id, in quotes.", examples=["C0HELP"])
    fallback: list[Where] | None = Field(default=None, description="Used in order when the channel cannot be.")


class Claim(Strict):
    """What having a ticket means."""

    hold: LadderChoice | None = Field(default=None, description="The ladder while the user waits for its assignee.")
    reply_claims: Literal["ask", "always", "never"] | None = Field(
        default=None, description="Does an answer to a ticket nobody has claim it?"
    )


class Relay(Strict):
    """What leaves the thread, and how."""

    mode: Literal["assignee", "explicit", "everyone"] | None = Field(
        default=None, description="Whose plain messages go to the user."
    )
    guard: list[Literal["mention", "side_talk"]] | None = Field(
        default=None, description="What makes a message wait for a second look."
    )
    undo: Duration | None = Field(default=None, description="A reply is held back so long.")
    stale_after: Duration | None = Field(default=None, description="Older replies are asked about before they go.")
    persona: str | None = Field(
        default=None, min_length=1, max_length=120, description="What the user sees; {name}, {first_name}."
    )


class Idle(Strict):
    """When a ticket waiting on its user is warned about, then closed."""

    only: Literal["waiting_on_user", "always"] | None = Field(default=None, description="When silence counts.")
    after_first_reply: bool | None = Field(default=None, description="Never before the team has answered once.")
    warn: Duration | None = Field(default=None, description="When the team is warned.", examples=["22h"])
    close: Duration | None = Field(default=None, description="When it closes.", examples=["24h"])


class Reopen(Strict):
    """What the user's return within the window does."""

    within: Duration | None = Field(default=None, description="The user's return so long after the close.")
    to: Literal["last_assignee", "queue"] | None = Field(default=None, description="Who is offered it.")


class Threads(Strict):
    """What a member's deleting or archiving the thread means."""

    on_delete: Literal["reopen", "park", "close"] | None = Field(
        default=None, description="When somebody deletes the thread."
    )
    on_archive: Literal["keep", "close"] | None = Field(default=None, description="When somebody archives the thread.")


class RouteWords(Strict):
    """What this route's team calls things."""

    user: str | None = Field(default=None, min_length=1, max_length=40, description="An end user: customer.")
    note: str | None = Field(default=None, pattern=r"^\w{1,20}$", description="`note:` keeps a message inside.")
    send: str | None = Field(default=None, pattern=r"^\w{1,20}$", description="`send:` sends a message.")


class Say(Strict):
    """Texts to the user, for bots that leave them to us (`notices: relay`). One that is missing is ours, in the
    user's language; one without a value is not sent.
    """

    opened: str | None = Field(default=None, max_length=1000, description="May have {wait}.")
    waiting: str | None = Field(default=None, max_length=1000, description="May have {wait}.")
    assigned: str | None = Field(default=None, max_length=1000, description="May have {name} and {first_name}.")
    closed: str | None = Field(default=None, max_length=1000, description="Before the bot has it again.")


class Route(Strict):
    """A node of the tree. What it does not say it has from the node above."""

    name: Name = Field(description="Its own in the whole tree.", examples=["french"])
    match: dict[str, Condition] = Field(default={}, description="Field → condition; all must hold.")
    when: When | None = Field(default=None, description="Only inside or outside a calendar's hours.")
    target: Target | None = Field(default=None, description="Where its tickets are shown.")
    team: str | None = Field(default=None, description="A name under `teams`: who works on them.")
    ladder: LadderChoice | None = Field(default=None, description="The ladder while nobody has the ticket.")
    claim: Claim | None = Field(default=None, description="What having a ticket means.")
    relay: Relay | None = Field(default=None, description="What leaves the thread.")
    idle: Idle | None = Field(default=None, description="When silence of the user closes a ticket; empty: never.")
    reopen: Reopen | None = Field(default=None, description="What the user's return does.")
    threads: Threads | None = Field(default=None, description="When somebody deletes or archives a thread.")
    retain: Duration | None = Field(default=None, description="How long closed tickets are kept.", examples=["90d"])
    approval: str | None = Field(default=None, description="A name under `approvals`.")
    watch: list[Where] | None = Field(default=None, description="Cards without buttons elsewhere.")
    words: RouteWords | None = Field(default=None, description="What its team calls things.")
    say: Say | None = Field(default=None, description="Texts to the user, for bots that leave them to us.")
    routes: "list[Route]" = Field(default=[], description="Tried in order; the first that matches wins.")


class ExpectedStep(Strict):
    """A reminder a test waits for."""

    do: Literal["notify", "mention", "digest", "alert", "nudge", "release"] = Field(description="The reminder.")
    at: Moment = Field(description="When it comes.")


class Expect(Strict):
    """What a test expects; only what is written is compared."""

    route: str | None = Field(default=None, description="The route that takes it.")
    platform: str | None = Field(default=None, description="A name under `platforms`, or console.")
    channel: str | None = Field(default=None, description="The channel's id, in quotes.")
    team: str | None = Field(default=None, description="The team it is for.")
    ladder: list[ExpectedStep] | None = Field(
        default=None, description="Reminders that come if nobody takes it; others may come between them."
    )
    watch: list[Where] | None = Field(default=None, description="Exactly these places, in any order.")
    approval: str | None = Field(default=None, description="The name of the approval in force.")


class Test(Strict):
    """A route test, run by `handrail config test`."""

    name: str = Field(min_length=1, max_length=200, description="A sentence: what must hold.")
    at: Moment | None = Field(default=None, description="The time of the escalation; else now.")
    given: Annotated[dict[str, object], WithJsonSchema({"type": "object"})] = Field(
        description="What the bot says, as in POST /v1/tickets, with `bot`.", examples=[{"bot": "shop-bot"}]
    )
    expect: Expect
