"""Discord's events → ours. Pure: takes what discord.py made of a payload, asks nobody."""

from adapters.chat.discord.events.interactions import to_command, to_pressed
from adapters.chat.discord.events.messages import Home, is_words, to_deleted, to_edited, to_gone, to_wrote
from adapters.chat.discord.events.people import person_of

__all__ = [
    "Home",
    "is_words",
    "person_of",
    "to_command",
    "to_deleted",
    "to_edited",
    "to_gone",
    "to_pressed",
    "to_wrote",
]
