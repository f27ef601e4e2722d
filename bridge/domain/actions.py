"""What can be done to a ticket. `lifecycle.decide` knows what each means in each state."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from bridge.domain.events import Intent, Wish
from bridge.domain.people import Assignee
from bridge.domain.policy import Policy
from bridge.domain.refs import MessageId, MessageRef, ThreadRef
from bridge.domain.ticket import Outcome, Priority
from bridge.domain.words import Attachment, Brief, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Take an open ticket; `take_over` takes it from another on purpose."""

    take_over: bool = False
    epoch: int | None = None
    has_open: int = 0
    """How many the member has already."""
    at_most: int | None = None
    """With so many already, the member is asked first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    """Give the ticket to somebody of the team."""

    to: Assignee
    to_teams: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Put the ticket back into the queue."""

    cause: str = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A member's words. What they become is judged by `speech.kind_of`."""

    message: MessageId
    text: str
    intent: Intent = Intent.PLAIN
    origin: MessageRef | None = None
    mentions: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideHeld:
    """The writer of a held message says what it is."""

    message: MessageId
    send: bool
    claim: bool = False
    reopen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EditWritten:
    """A member changed a message of theirs. `stored` is what the store has of it."""

    stored: Message
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsend:
    """A member deleted a message of theirs."""

    stored: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Recast:
    """The writer of words that stand in a thread says anew what they are: sent, kept inside, taken back."""

    stored: Message
    wish: Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Try a failed reply again, or give it up."""

    stored: Message
    withdraw: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSaid:
    """The end user wrote."""

    message: Message
    opens: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRevised:
    """The end user edited (`text`) or deleted (None) a message."""

    stored: Message
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reroute:
    """Move the ticket to another route: a new thread with the transcript, the old one points to it."""

    policy: Policy
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """The bot changed what it said about the ticket."""

    brief: Brief
    priority: Priority | None = None
    retitled: bool = False
    attributed: bool = False
    reroute: Reroute | None = None
    """The route that fits what is known now, when it is another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    outcome: Outcome = Outcome.RESOLVED
    note: str | None = None
    """An optional last note, kept inside; its id is `message`."""
    message: MessageId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack:
    """The bot or its user takes the conversation back."""

    outcome: Outcome
    note: str | None = None
    message: MessageId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen:
    """Open a closed ticket again; `claim` gives it at once to who asked."""

    claim: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Snooze:
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """End the snooze; `by_clock` when its time came."""

    by_clock: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepOpen:
    """Do not close by idleness this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHandOver:
    """Ask the one who has it to hand it over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """A reply's undo window is over."""

    message: MessageId


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldTooLong:
    """A held message has waited: say visibly that it was not sent."""

    message: MessageId


@dataclass(frozen=True, slots=True, kw_only=True)
class ClimbWaiting:
    """A step of the waiting ladder came due at `due`."""

    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClimbAnswering:
    """A step of the answering ladder came due at `due`."""

    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WarnIdle:
    """The user has been silent: say when the ticket closes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseIdle:
    """The user stayed silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandStill:
    """Clocks stood from `since` until now because the platform was away."""

    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseThread:
    """A person deleted the ticket's thread."""

    thread: ThreadRef


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamTyping:
    """A member writes to the user."""


MemberAction: TypeAlias = (
    Claim
    | Assign
    | Release
    | Write
    | DecideHeld
    | EditWritten
    | Unsend
    | Recast
    | Retry
    | Reroute
    | Close
    | Reopen
    | Snooze
    | Wake
    | KeepOpen
    | AskHandOver
)
BotAction: TypeAlias = UserSaid | UserRevised | Update | TakeBack
ClockAction: TypeAlias = (
    Send | HeldTooLong | ClimbWaiting | ClimbAnswering | WarnIdle | CloseIdle | StandStill | LoseThread | TeamTyping
)
"""Nobody waits for an answer to these: without an arrow nothing happens."""

Action: TypeAlias = MemberAction | BotAction | ClockAction

HELD_NOTICE_AFTER = timedelta(minutes=2)
"""After this a held message's thread says plainly that it was not sent."""

SIDE_TALK_WITHIN = timedelta(minutes=3)
"""A message of the assignee this soon after a colleague's words is held by the guard."""

MENTION_AT_MOST_EVERY = timedelta(minutes=10)
