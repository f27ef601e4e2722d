"""From neutral things to Discord's message bodies. Pure."""

from adapters.chat.discord.render.answers import instead_of, listing, notice
from adapters.chat.discord.render.card import card, digest, thread_name
from adapters.chat.discord.render.marker import Marker, nonce
from adapters.chat.discord.render.speech import parts, speech

__all__ = ["Marker", "card", "digest", "instead_of", "listing", "nonce", "notice", "parts", "speech", "thread_name"]
