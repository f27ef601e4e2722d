"""Names of things. What stands inside a reference is opaque outside the adapter that made it."""

import secrets
import time
from dataclasses import dataclass
from typing import NewType

TicketId = NewType("TicketId", str)
MessageId = NewType("MessageId", str)
UserId = NewType("UserId", str)
DeliveryId = NewType("DeliveryId", str)
ToldId = NewType("ToldId", str)
BotName = NewType("BotName", str)
MemberKey = NewType("MemberKey", str)
"""One human: the name under `members:` in the config, else `platform:user id`."""

CONSOLE = "console"
"""The platform every site has: our own web console."""

BOT_SHORE = "bot"
"""The `platform` of a bot's own lane; no chat platform may be called so."""


def new_id(prefix: str) -> str:
    """Make a UUIDv7-shaped id such as `tkt_01931f…`: it sorts by the millisecond it was made in."""
    value = (time.time_ns() // 1_000_000) << 80 | 0x7 << 76 | secrets.randbits(76)
    value = value & ~(0b11 << 62) | 0b10 << 62
    return f"{prefix}_{value:032x}"


@dataclass(frozen=True, slots=True)
class Lane:
    """One destination: a channel of a workspace or guild, or a bot's endpoint. Budgets and leases belong to it."""

    platform: str
    place: str

    def __str__(self) -> str:
        return f"{self.platform}/{self.place}"


def bot_lane(bot: BotName) -> Lane:
    return Lane(BOT_SHORE, bot)


@dataclass(frozen=True, slots=True)
class ThreadRef:
    """A ticket's thread: the lane it hangs in and the platform's id of its root."""

    lane: Lane
    root: str


@dataclass(frozen=True, slots=True)
class MessageRef:
    """One message on a platform. `thread` is the root's id, or None for a message of the channel itself."""

    lane: Lane
    thread: str | None
    message: str


@dataclass(frozen=True, slots=True)
class ConversationRef:
    """A conversation as its bot names it."""

    bot: BotName
    external_id: str
