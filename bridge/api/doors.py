"""How each bot of today's rulebook may come in."""

from collections.abc import Mapping

from bridge.api.auth import Door
from bridge.rulebook.book import BotEntry, RuleBook
from bridge.rulebook.reload import Rules
from bridge.rulebook.secret import signing_key


class Doors:
    """Made once per rulebook: a reload brings another one."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._book: RuleBook | None = None
        self._doors: Mapping[str, Door] = {}

    def today(self) -> Mapping[str, Door]:
        book = self._rules.current
        if book is not self._book:
            self._doors = {str(name): _door(entry) for name, entry in book.bots.items()}
            self._book = book
        return self._doors


def _door(entry: BotEntry) -> Door:
    keys = (signing_key(secret.reveal()) for secret in entry.secrets)
    return Door(
        bot=entry.name,
        key_hashes=entry.keys,
        secrets=tuple(key for key in keys if key is not None),
        file_hosts=entry.file_hosts,
        rate=entry.rate,
    )
