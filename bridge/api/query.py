"""Reads the query of an address as strictly as a body."""

from collections.abc import Iterable

from aiohttp import web

from bridge.api.problems import Fault, Problem, escaped


class Query:
    """The parameters of one request. Ask for each, then call `finish`: it refuses all that is wrong at once."""

    def __init__(self, request: web.Request, known: Iterable[str]) -> None:
        self._query = request.rel_url.query
        names = set(known)
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
        self._faults.append(Fault(f"/{name}", code, detail))

    def finish(self) -> None:
        """Raises Problem if anything was wrong."""
        if self._faults:
            raise Problem("validation-error", "The query is wrong.", faults=self._faults)
