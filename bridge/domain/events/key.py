"""The key every event carries."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventKey:
    """`scope` is the shore (`bot:shop-bot`, `acme-slack`, `timer`), `key` its own name of the fact."""

    scope: str
    key: str
