"""The shores. Kind → module with a `build` function; imported only when the config names the kind."""

from collections.abc import Mapping
from importlib import import_module
from typing import cast

from pydantic import BaseModel

from bridge.ports.bots import BotConnection
from bridge.ports.chat import ChatPlatform
from bridge.ports.clock import Clock
from bridge.ports.names import Names

CHAT: Mapping[str, str] = {"slack": "adapters.chat.slack", "discord": "adapters.chat.discord"}
BOTS: Mapping[str, str] = {"webhook": "adapters.bots.webhook"}


def options_of(kind: str) -> type[BaseModel]:
    """The model of a chat platform's options. Its vendor's library is not imported for it.

    Raises: KeyError for a kind nobody has built.
    """
    return cast("type[BaseModel]", import_module(CHAT[kind]).OPTIONS)


def preload(kind: str) -> None:
    """Import the library of a kind of chat platform, so that `build_chat` need not. Raises: as `build_chat`."""
    import_module(f"{CHAT[kind]}.platform")


def build_chat(kind: str, name: str, options: Mapping[str, object], clock: Clock) -> ChatPlatform:
    """Make the platform called `name`; a library that no entry needs is never imported.

    Raises: ValueError (pydantic's) when the options do not fit, KeyError for a kind nobody has built.
    """
    return cast("ChatPlatform", import_module(CHAT[kind]).build(name, options, clock))


def build_bot(kind: str, name: str, options: Mapping[str, object], clock: Clock) -> BotConnection:
    """Make the way out to the bot called `name`; `options` is its `callback:` section with secrets resolved.

    Raises: as `build_chat`.
    """
    return cast("BotConnection", import_module(BOTS[kind]).build(name, options, clock))


def build_names(kind: str, name: str, options: Mapping[str, object]) -> Names:
    """Somebody to ask what the platform called `name` calls its channels, groups and people.

    Raises: as `build_chat`.
    """
    return cast("Names", import_module(CHAT[kind]).names(name, options))
