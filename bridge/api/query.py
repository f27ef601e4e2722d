"""Reads the query of an address as strictly as a body."""

import re
from collections.abc import Iterable

from aiohttp import web

from bridge.api.problems import Fault, Problem, escaped


class Query:
    """The parameters of one request. Ask for each, then call `finish`: it refuses all that is wrong at once."""

    def __init__(self, request: web.Request, known: Iterable[str], *, group: str | None = None) -> None:
        """`group` also takes `group[name]`, for names nobody knows before."""
        self._query = request.rel_url.query
        self._group = re.compile(rf"{group}\[([^\[\]]{{1,100}})\]") if group else None
        names = set(known) | set(self._members())
        self._faults = [
            Fault(f"/{escaped(name)}", "extra-forbidden", "There is no such parameter.")
            for name in dict.fromkeys(self._query)
            if name not in names
        ]

    def text(self, name: str) -> str | None:
        values = self._query.getall(name, [])
        if len(values) > 1:
            self.wrong(name, "twice", "This parameter stands here twice.")
        return values[0] if values else None

    def many(self, name: str, most: int) -> tuple[str, ...]:
        """A parameter that may stand there several times."""
        values = self._query.getall(name, [])
        if len(values) > most or any(not 1 <= len(value) <= 100 for value in values):
            self.wrong(name, "list", f"At most {most} of them, each with 1 to 100 characters.")
            return ()
        return tuple(values)

    def grouped(self) -> dict[str, str]:
        """The members of the group, by their names."""
        return {inner: value for name, inner in self._members().items() if (value := self.text(name)) is not None}

    def _members(self) -> dict[str, str]:
        if self._group is None:
            return {}
        found = {name: self._group.fullmatch(name) for name in dict.fromkeys(self._query)}
        return {name: match[1] for name, match in found.items() if match is not None}

    def one_of(self, name: str, choices: Iterable[str]) -> str | None:
        value, allowed = self.text(name), list(choices)
        if value is not None and value not in allowed:
            self.wrong(name, "literal-error", f"Use one of {', '.join(allowed)}.")
        return value

    def number(self, name: str, least: int, most: int, usual: int) -> int:
        text = self.text(name)
        if text is None:
            return usual
        if text.isascii() and text.isdigit() and len(text) <= 18 and least <= int(text) <= most:
            return int(text)
        self.wrong(name, "number", f"Use a whole number from {least} to {most}.")
        return usual

    def wrong(self, name: str, code: str, detail: str) -> None:
        self._faults.append(Fault(f"/{escaped(name)}", code, detail))

    def finish(self) -> None:
        """Raises Problem if anything was wrong."""
        if self._faults:
            raise Problem("validation-error", "The query is wrong.", faults=self._faults)
