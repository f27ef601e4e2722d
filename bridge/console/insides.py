"""What the page of operations is told by the composition root: the process itself, as nothing else here knows it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bridge.domain.refs import Lane
from bridge.logs import Noted
from bridge.ports.chat import ChatPlatform, Reading


def _never(_lane: Lane) -> datetime | None:
    return None


def _no_reading(_platform: str) -> Reading | None:
    return None


def _nothing() -> Sequence[Noted]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Insides:
    chats: Mapping[str, ChatPlatform] = field(default_factory=dict)
    last_success: Callable[[Lane], datetime | None] = _never
    """When this process last delivered something there."""
    noted: Callable[[], Sequence[Noted]] = _nothing
    """Our own latest warnings and errors, latest first."""
    reading: Callable[[str], Reading | None] = _no_reading
    """What is being read back there after a gap."""
