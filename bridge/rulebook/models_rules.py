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

    not_: Condition | None = Field(default=None, alias="not")
    prefix: str | None = Field(default=None, min_length=1)
    regex: str | None = Field(default=None, description="Searched anywhere in the text, by RE2's rules.")
    gte: Number | None = None
    lte: Number | None = None
    exists: bool | None = None
    contains: str | None = Field(default=None, min_length=1)
    any_: list[Condition] | None = Field(default=None, alias="any", min_length=1)
    all_: list[Condition] | None = Field(default=None, alias="all", min_length=1)


class When(Strict):
    """Inside or outside the hours of a calendar; part of matching."""

    in_: str | None = Field(default=None, alias="in")
    not_in: str | None = None


class Calendar(Strict):
    """Business hours."""

    timezone: Timezone | None = Field(default=None, description="Else the file's.")
    weekly: dict[str, list[Opening]] = Field(
        default={}, description="mon, mon-fri or sat,sun → hours.", examples=[{"mon-fri": ["09:00-18:00"]}]
    )
    closed: list[Day] = Field(default=[])
    exceptions: dict[Day, list[Opening]] = Field(default={}, description="A date → its hours instead of the week's.")


class StepIf(Strict):
    """Only for tickets of these priorities."""

    priority: PriorityName | list[PriorityName]


class Step(Strict):
    """One reminder."""

    after: Duration
    do: Literal["notify", "mention", "digest", "alert", "nudge", "release"]
    who: str | None = Field(default=None, description="team, assignee, or a team's name.")
    to: str | None = Field(default=None, description="The same as `who`; reads better with alert.")
    if_: StepIf | None = Field(default=None, alias="if")


class Repeat(Strict):
    """The last step again."""

    every: Duration
    times: int = Field(ge=1, le=1000)


class Ladder(Strict):
    """Reminders of a ticket that waits."""

    clock: str = Field(default="wall", description="A calendar's name, or wall.")
    until: Literal["claimed", "replied", "closed"]
    rearm: Literal["user_wrote"] | None = Field(default=None, description="Begin again when the user writes again.")
    steps: list[Step] = Field(min_length=1)
    repeat: Repeat | None = None


def _name_or_ladder(value: object) -> str:
    return "«ladder»" if isinstance(value, (dict, Ladder)) else "«name»"


LadderChoice: TypeAlias = Annotated[
    Annotated[str, Tag("«name»")] | Annotated[Ladder, Tag("«ladder»")], Discriminator(_name_or_ladder)
]


class Expire(Strict):
    """What happens to a draft nobody decided."""

    after: Duration
    clock: str = "wall"
    then: Literal["expire", "alert", "requeue", "hold", "send"] = "expire"


class Approval(Strict):
    """Who decides about drafts, and how."""

    approvers: str = Field(default="team", description="team (the route's own) or a team's name.")
    allow: list[Literal["approve", "edit", "reject", "answer", "revise"]] = Field(
        default=["approve", "edit", "reject", "answer"], min_length=1
    )
    quorum: int = Field(default=1, ge=1, le=20)
    expire: Expire | None = None
    on_new_message: Literal["supersede", "hold", "keep"] = "supersede"


class Target(Strict):
    """Where tickets of a route are shown."""

    platform: str | None = Field(default=None, description="A name under `platforms`, or console.")
    channel: str | None = Field(default=None, description="The channel's id, in quotes.", examples=["C0HELP"])
    fallback: list[Where] | None = Field(default=None, description="Used in order when the channel cannot be.")


class Claim(Strict):
    """What having a ticket means."""

    hold: LadderChoice | None = Field(default=None, description="The ladder while the user waits for its assignee.")
    reply_claims: Literal["ask", "always", "never"] | None = None


class Relay(Strict):
    """What leaves the thread, and how."""

    mode: Literal["assignee", "explicit", "everyone"] | None = None
    guard: list[Literal["mention", "side_talk"]] | None = None
    undo: Duration | None = None
    stale_after: Duration | None = None
    persona: str | None = Field(default=None, min_length=1, max_length=120)


class Idle(Strict):
    """When a ticket waiting on its user is warned about, then closed."""

    only: Literal["waiting_on_user", "always"] | None = None
    after_first_reply: bool | None = None
    warn: Duration | None = None
    close: Duration | None = None


class Reopen(Strict):
    """What the user's return within the window does."""

    within: Duration | None = None
    to: Literal["last_assignee", "queue"] | None = None


class Threads(Strict):
    """What a member's deleting or archiving the thread means."""

    on_delete: Literal["reopen", "park", "close"] | None = None
    on_archive: Literal["keep", "close"] | None = None


class RouteWords(Strict):
    """What this route's team calls things."""

    user: str | None = Field(default=None, min_length=1, max_length=40)
    note: str | None = Field(default=None, pattern=r"^\w{1,20}$")
    send: str | None = Field(default=None, pattern=r"^\w{1,20}$")


class Route(Strict):
    """A node of the tree. What it does not say it has from the node above."""

    name: Name
    match: dict[str, Condition] = Field(default={}, description="Field → condition; all must hold.")
    when: When | None = None
    target: Target | None = None
    team: str | None = None
    ladder: LadderChoice | None = Field(default=None, description="The ladder while nobody has the ticket.")
    claim: Claim | None = None
    relay: Relay | None = None
    idle: Idle | None = None
    reopen: Reopen | None = None
    threads: Threads | None = None
    retain: Duration | None = None
    approval: str | None = None
    watch: list[Where] | None = Field(default=None, description="Cards without buttons elsewhere.")
    words: RouteWords | None = None
    routes: "list[Route]" = Field(default=[], description="Tried in order; the first that matches wins.")


class ExpectedStep(Strict):
    """A reminder a test waits for."""

    do: Literal["notify", "mention", "digest", "alert", "nudge", "release"]
    at: Moment


class Expect(Strict):
    """What a test expects; only what is written is compared."""

    route: str | None = None
    platform: str | None = None
    channel: str | None = None
    team: str | None = None
    ladder: list[ExpectedStep] | None = None
    watch: list[Where] | None = Field(default=None, description="Exactly these places, in any order.")
    approval: str | None = Field(default=None, description="The name of the approval in force.")


class Test(Strict):
    """A route test, run by `handrail config test`."""

    name: str = Field(min_length=1, max_length=200)
    at: Moment | None = None
    given: Annotated[dict[str, object], WithJsonSchema({"type": "object"})]
    expect: Expect
