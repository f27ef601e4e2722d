"""Facts about a platform or a bot that the middle may branch on; never its name."""

from dataclasses import dataclass
from enum import StrEnum


class PrivateNotice(StrEnum):
    """When can we say something that only one member sees?"""

    ALWAYS = "always"
    ON_CLICK = "on_click"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a chat platform can do."""

    max_text: int
    """Characters of one posted message, measured as rendered."""
    private_notice: PrivateNotice
    edits: bool = True
    forms: bool = True
    reads_messages: bool = True
    """False in Discord's content-free mode: plain messages cannot be relayed."""
    files: bool = False
    """It shows files that are posted with words."""
    max_file: int = 0
    """Bytes of one posted file."""
    single: bool = False
    """It bears one connection: of several daemons one is connected, and that one sends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BotCapabilities:
    """What a bot said it can do with a reply; unsaid means no."""

    edit: bool = False
    delete: bool = False
    files: bool = False
    typing: bool = False
    max_text: int | None = None
