"""What a route freezes onto a ticket when it opens; editing the config file never changes a running ticket."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from enum import StrEnum

from bridge.domain.refs import Lane


class RelayMode(StrEnum):
    """Which plain thread messages reach the user."""

    ASSIGNEE = "assignee"
    EXPLICIT = "explicit"
    EVERYONE = "everyone"


class Guard(StrEnum):
    """What makes an assignee's message wait for a second look."""

    MENTION = "mention"
    SIDE_TALK = "side_talk"


class ReplyClaims(StrEnum):
    """What happens when somebody answers a ticket nobody has."""

    ASK = "ask"
    ALWAYS = "always"
    NEVER = "never"


class StepKind(StrEnum):
    """What a ladder does when a step is due."""

    NOTIFY = "notify"
    MENTION = "mention"
    DIGEST = "digest"
    ALERT = "alert"
    NUDGE = "nudge"
    RELEASE = "release"


class Until(StrEnum):
    """What ends a ladder."""

    CLAIMED = "claimed"
    REPLIED = "replied"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Span:
    """Opening hours of one day; `end` may be 24:00, written as time.max."""

    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Business hours in local time of `timezone` (an IANA name)."""

    name: str
    timezone: str
    weekly: Mapping[int, tuple[Span, ...]]
    """Monday is 0; a day that is missing is closed."""
    exceptions: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)
    """These dates replace their weekday; an empty tuple is a closed day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One rung: what happens `after` the ladder began, counted on its clock."""

    after: timedelta
    do: StepKind
    who: str | None = None
    """`team`, `assignee`, or the name of a team."""
    priorities: frozenset[str] | None = None
    """Only for tickets of these priorities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Reminder steps in the order of `after`, then the last one again every `repeat_every`."""

    name: str
    clock: Calendar | None
    """None counts on the wall."""
    until: Until
    rearm: bool = False
    """Begin again when the user writes again; at most one mention per 10 minutes."""
    steps: tuple[Step, ...] = ()
    repeat_every: timedelta | None = None
    repeat_times: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """What leaves the thread, and how."""

    mode: RelayMode = RelayMode.ASSIGNEE
    guard: frozenset[Guard] = frozenset({Guard.MENTION, Guard.SIDE_TALK})
    undo: timedelta = timedelta(seconds=5)
    """How long a reply is held back so that deleting or editing it leaves no trace at the user."""
    stale_after: timedelta | None = timedelta(hours=2)
    persona: str = "{name}"
    """How a member is named to the user; knows {name} and {first_name}."""
    note_word: str = "note"
    send_word: str = "send"

    def alias(self, name: str) -> str:
        """The member's name as the user sees it, e.g. `Ana from Acme`."""
        return self.persona.replace("{first_name}", name.partition(" ")[0]).replace("{name}", name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """When a ticket waiting on its user is warned about, then closed."""

    warn: timedelta
    close: timedelta
    only_waiting_on_user: bool = True
    after_first_reply: bool = True


class ReopenTo(StrEnum):
    """Who is offered a ticket whose user returned."""

    LAST_ASSIGNEE = "last_assignee"
    QUEUE = "queue"


class OnThreadGone(StrEnum):
    """What a member's deleting the thread means."""

    REOPEN = "reopen"
    PARK = "park"
    CLOSE = "close"


class OnThreadArchived(StrEnum):
    """What a member's archiving the thread means."""

    KEEP = "keep"
    CLOSE = "close"


class Stage(StrEnum):
    """A turn of a ticket at which its user may be told something."""

    OPENED = "opened"
    WAITING = "waiting"
    """Back in the queue, or nobody came by the first reminder."""
    ASSIGNED = "assigned"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A route's rules as a ticket keeps them. Names of teams only: who belongs to one is asked at every act."""

    route: str
    rulebook: str
    """Digest of the config file the rules came from."""
    lane: Lane | None
    """Where the thread is opened; None when the console is the only place."""
    team: str
    watch: tuple[Lane, ...] = ()
    fallback: tuple[Lane, ...] = ()
    relay: Relay = field(default_factory=Relay)
    reply_claims: ReplyClaims = ReplyClaims.ASK
    waiting: Ladder | None = None
    """Runs while nobody has the ticket (`ladder:`)."""
    answering: Ladder | None = None
    """Runs while the user waits for the one who has it (`claim.hold:`)."""
    idle: Idle | None = None
    reopen_within: timedelta = timedelta(days=7)
    reopen_to: ReopenTo = ReopenTo.LAST_ASSIGNEE
    on_thread_gone: OnThreadGone = OnThreadGone.REOPEN
    on_thread_archived: OnThreadArchived = OnThreadArchived.KEEP
    retain: timedelta = timedelta(days=90)
    approval: str | None = None
    user_word: str = "user"
    """What the team calls an end user: `words: {user: customer}`."""
    say: Mapping[Stage, str] = field(default_factory=dict)
    """Texts to the user where a bot leaves them to us; one that is missing is ours, an empty one is not sent."""


def same_rules(one: Policy, other: Policy) -> bool:
    """Do they say the same, whatever edition of the file they come from?"""
    return replace(one, rulebook="") == replace(other, rulebook="")


def follows(policy: Policy, named: Policy) -> bool:
    """Are these the rules of the route, also for a ticket that had to go on to one of the route's next places?"""
    places = (named.lane, *named.fallback, None)
    at = places.index(policy.lane) if policy.lane in places else 0
    if at and policy.fallback == places[at + 1 : -1]:
        policy = replace(policy, lane=named.lane, fallback=named.fallback)
    return same_rules(policy, named)
