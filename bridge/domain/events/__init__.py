"""What a shore can report. The desk's one door takes any of these.

Every event carries `key`: unique per fact, so that the same fact reported twice has one effect.
"""

from typing import TypeAlias

from bridge.domain.events.bots import (
    Activity,
    Escalated,
    FeedRead,
    FromBot,
    Receipt,
    ReceiptGiven,
    ReplyTooOld,
    TakenBack,
    TicketPatched,
    Turn,
    UserActive,
    UserDeleted,
    UserEdited,
    UserFacts,
    UserWrote,
)
from bridge.domain.events.clock import (
    DeadlinePassed,
    OperatorClosed,
    PlatformAway,
    PlatformBack,
    QueueMoved,
    TimerKind,
)
from bridge.domain.events.echo import PostSeen
from bridge.domain.events.key import EventKey
from bridge.domain.events.moving import TicketMoved
from bridge.domain.events.people import (
    ButtonPressed,
    CommandGiven,
    FormAsked,
    FormSubmitted,
    FromPerson,
    HomeOpened,
    Intent,
    MessageRecast,
    PersonDeleted,
    PersonEdited,
    PersonTyping,
    PersonWrote,
    ThreadGone,
    Verb,
    Wish,
)

PersonEvent: TypeAlias = (
    PersonWrote
    | PersonEdited
    | PersonDeleted
    | ButtonPressed
    | CommandGiven
    | FormAsked
    | FormSubmitted
    | MessageRecast
    | HomeOpened
)
ChatEvent: TypeAlias = PersonEvent | ThreadGone | PostSeen
BotEvent: TypeAlias = (
    Escalated | UserWrote | UserEdited | UserDeleted | TicketPatched | TakenBack | UserActive | ReceiptGiven
)
ClockEvent: TypeAlias = DeadlinePassed | PlatformAway | PlatformBack | QueueMoved
Event: TypeAlias = (
    BotEvent | FeedRead | ReplyTooOld | ChatEvent | PersonTyping | ClockEvent | OperatorClosed | TicketMoved
)

__all__ = [
    "Activity",
    "BotEvent",
    "ButtonPressed",
    "ChatEvent",
    "ClockEvent",
    "CommandGiven",
    "DeadlinePassed",
    "Escalated",
    "Event",
    "EventKey",
    "FeedRead",
    "FormAsked",
    "FormSubmitted",
    "FromBot",
    "FromPerson",
    "HomeOpened",
    "Intent",
    "MessageRecast",
    "OperatorClosed",
    "PersonDeleted",
    "PersonEdited",
    "PersonEvent",
    "PersonTyping",
    "PersonWrote",
    "PlatformAway",
    "PlatformBack",
    "PostSeen",
    "QueueMoved",
    "Receipt",
    "ReceiptGiven",
    "ReplyTooOld",
    "TakenBack",
    "ThreadGone",
    "TicketMoved",
    "TicketPatched",
    "TimerKind",
    "Turn",
    "UserActive",
    "UserDeleted",
    "UserEdited",
    "UserFacts",
    "UserWrote",
    "Verb",
    "Wish",
]
