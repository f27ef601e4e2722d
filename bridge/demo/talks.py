"""Conversations as one small file each, replaced as a whole: a kill at any moment loses and doubles nothing."""

import json
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HEARD_KEPT = 500


def new_key() -> str:
    return f"call_{uuid.uuid4().hex}"


@dataclass(kw_only=True)
class Line:
    id: str
    who: str
    """user, bot, member or system."""
    text: str
    name: str | None = None
    at: str = ""
    state: str = ""
    """Empty, `stuck` (the bot could not help), `edited`, `deleted` or `failed`."""
    known: bool = False
    """Handrail has it."""


@dataclass(kw_only=True)
class Call:
    """Something Handrail must still be told. `key` stays the same until it is answered."""

    method: str
    path: str
    body: Mapping[str, Any] | None
    line: str | None
    key: str = field(default_factory=new_key)


@dataclass(kw_only=True)
class Talk:
    visitor: str
    name: str | None = None
    locale: str | None = None
    owner: str = "bot"
    ticket: str | None = None
    number: int = 0
    version: int = 0
    lines: list[Line] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    """Ids of callbacks taken already."""

    def find(self, line: str) -> Line | None:
        return next((each for each in self.lines if each.id == line), None)

    def add(self, line: Line) -> None:
        line.at = datetime.now(UTC).isoformat(timespec="seconds")
        self.lines.append(line)

    def adopt(self, ticket: Mapping[str, Any]) -> None:
        """Take over who owns the conversation, unless this is older news: answers and callbacks overtake."""
        if (ticket["number"], ticket["version"]) > (self.number, self.version):
            self.ticket, self.owner = ticket["id"], ticket["owner"]
            self.number, self.version = ticket["number"], ticket["version"]


class Talks:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def read(self, visitor: str) -> Talk:
        try:
            raw = json.loads(self._file(visitor).read_text("utf-8"))
        except FileNotFoundError:
            return Talk(visitor=visitor)
        lines, calls = [Line(**line) for line in raw.pop("lines")], [Call(**call) for call in raw.pop("calls")]
        return Talk(**raw, lines=lines, calls=calls)

    @contextmanager
    def change(self, visitor: str) -> Iterator[Talk]:
        """All that happens inside is kept together, or none of it."""
        talk = self.read(visitor)
        yield talk
        talk.heard = talk.heard[-HEARD_KEPT:]
        fresh = self._file(visitor).with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(asdict(talk), file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._file(visitor))

    def visitors(self) -> list[str]:
        return [file.stem for file in self._folder.glob("*.json")]

    def _file(self, visitor: str) -> Path:
        return self._folder / f"{visitor}.json"
