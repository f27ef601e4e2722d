"""The config file: YAML → a validated, frozen RuleBook; every complaint with file, line and column."""

from bridge.rulebook.book import (
    ApprovalEntry,
    BotEntry,
    Callback,
    DemoSettings,
    PlatformEntry,
    RouteTest,
    RuleBook,
    ServerEntry,
    TeamEntry,
    key_hash,
)
from bridge.rulebook.build_shores import Kinds
from bridge.rulebook.load import load
from bridge.rulebook.reload import Rules, RulesState, Source
from bridge.rulebook.secret import Secret, signing_key

__all__ = [
    "ApprovalEntry",
    "BotEntry",
    "Callback",
    "DemoSettings",
    "Kinds",
    "PlatformEntry",
    "RouteTest",
    "RuleBook",
    "Rules",
    "RulesState",
    "Secret",
    "ServerEntry",
    "Source",
    "TeamEntry",
    "key_hash",
    "load",
    "signing_key",
]
