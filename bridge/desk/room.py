"""What every use case works with."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.desk.crowds import Crowds
from bridge.desk.presence import Presence
from bridge.domain.refs import BotName
from bridge.ports.chat import ChatPlatform
from bridge.ports.clock import Clock
from bridge.rulebook.reload import Rules
from bridge.store.store import Store


@dataclass(frozen=True, slots=True)
class Room:
    store: Store
    rules: Rules
    clock: Clock
    chats: Mapping[str, ChatPlatform] = field(default_factory=dict)
    """They read the links that operators give."""
    crowds: Crowds = field(init=False)
    presence: Presence = field(default_factory=Presence)
    feeds_read: dict[BotName, int] = field(default_factory=dict)
    """How far each polling bot has confirmed its feed, in this process."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "crowds", Crowds(self.store, self.rules, self.clock))
