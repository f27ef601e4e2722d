"""The text of a config file → plain data, with the line and column of every value.

YAML 1.2 read from parser events, so that what is not wanted never becomes a value: no tags, no anchors or aliases, no
duplicate keys, one document. Plain scalars follow the core schema: `12:30`, `yes` and `2026-12-24` are texts.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StreamMark
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from bridge.rulebook.complaints import Complaints, Path, Place, plain, shown_path

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"

MAX_BYTES = 1_000_000
MAX_DEPTH = 40

_NULL = {"", "~", "null", "Null", "NULL"}
_FLAGS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_WHOLE = re.compile(r"[-+]?[0-9]{1,40}")
_OTHER_BASE = re.compile(r"0o[0-7]{1,40}|0x[0-9a-fA-F]{1,40}")
_FRACTION = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(slots=True)
class Source:
    """A file as it was read."""

    file: str
    folder: FilePath
    data: Plain = None
    places: dict[Path, Place] = field(default_factory=dict)
    key_places: dict[Path, Place] = field(default_factory=dict)


def read(path: FilePath) -> tuple[Source, Complaints]:
    """Read a file. Whatever is wrong with it stands in the complaints; the data is what could be understood."""
    source = Source(str(path), path.parent)
    complaints = Complaints(source.file, source.places, source.key_places)
    text = _text_of(path, complaints)
    if text is not None:
        understand(text, source, complaints)
    return source, complaints


def understand(text: str, source: Source, complaints: Complaints) -> None:
    """Fill the source from a text; the first thing that is no YAML ends the reading."""
    if (bad := _FORBIDDEN.search(text)) is not None:
        place = _place_of(text, bad.start())
        complaints.add_at(place, "file", f"control character U+{ord(bad.group()):04X} is not allowed")
        return
    yaml = YAML(typ="safe", pure=True)
    try:
        _Reader(yaml.parse(text), source, complaints).document()
    except _TooDeepError as error:
        complaints.add_at(error.place, "file", f"nested deeper than {MAX_DEPTH} levels")
    except MarkedYAMLError as error:
        problem = " ".join(str(part) for part in (error.context, error.problem) if part)
        complaints.add_at(_marked(error.problem_mark or error.context_mark), "file", f"not YAML: {plain(problem, 200)}")
    except Exception as error:  # noqa: BLE001 - a parser's surprise (a broken escape) is a bad file, not a crash
        place = Place(yaml.reader.line + 1, yaml.reader.column + 1)
        complaints.add_at(place, "file", f"not YAML: {plain(str(error) or type(error).__name__, 200)}")


def _text_of(path: FilePath, complaints: Complaints) -> str | None:
    try:
        if path.exists() and not path.is_file():
            complaints.add((), f"cannot read: {'it is a directory' if path.is_dir() else 'not a regular file'}")
            return None
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        complaints.add((), "no such file")
        return None
    except (OSError, ValueError) as error:
        complaints.add((), f"cannot read: {getattr(error, 'strerror', None) or error}")
        return None
    if len(raw) > MAX_BYTES:
        complaints.add((), f"cannot read: larger than {MAX_BYTES} bytes")
        return None
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        place = Place(raw.count(b"\n", 0, error.start) + 1, error.start - raw.rfind(b"\n", 0, error.start))
        complaints.add_at(place, "file", "not UTF-8 text")
        return None


def _place_of(text: str, index: int) -> Place:
    return Place(text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))


def _marked(mark: StreamMark | None) -> Place:
    return Place() if mark is None else Place(mark.line + 1, mark.column + 1)


class _TooDeepError(Exception):
    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.place = place


class _Reader:
    """Turns events into data, one node after the other."""

    def __init__(self, events: Iterator[Event], source: Source, complaints: Complaints) -> None:
        self._events = events
        self._source = source
        self._complaints = complaints

    def document(self) -> None:
        documents = 0
        for event in self._events:
            if not isinstance(event, DocumentStartEvent):
                continue
            documents += 1
            if documents > 1:
                self._complaints.add_at(_marked(event.start_mark), "file", "a second document begins here")
                return
            if event.version is not None and tuple(event.version) != (1, 2):
                self._complaints.add_at(_marked(event.start_mark), "file", "this file is read as YAML 1.2")
            self._source.data = self._node(next(self._events), ())
        if not isinstance(self._source.data, dict):
            found = "it is empty" if self._source.data is None else f"found a {_kind(self._source.data)}"
            self._complaints.add((), f"must be a mapping of keys to values; {found}")

    def _node(self, event: Event, path: Path) -> Plain:
        self._source.places[path] = _marked(event.start_mark)
        if len(path) > MAX_DEPTH:
            raise _TooDeepError(_marked(event.start_mark))
        if isinstance(event, AliasEvent):
            self._complaints.add(path, f"aliases are not allowed (*{plain(str(event.anchor))})")
            return None
        self._refuse_extras(event, path)
        if isinstance(event, ScalarEvent):
            return self._scalar(event, path)
        if isinstance(event, SequenceStartEvent):
            items: list[Plain] = []
            while not isinstance(event := next(self._events), SequenceEndEvent):
                items.append(self._node(event, (*path, len(items))))
            return items
        if isinstance(event, MappingStartEvent):
            return self._mapping(path)
        raise ValueError("unexpected content")

    def _mapping(self, path: Path) -> dict[str, Plain]:
        mapping: dict[str, Plain] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                self._complaints.add_at(_marked(event.start_mark), shown_path(path), "a key must be a plain word")
                self._node(event, (*path, "?"))
                self._node(next(self._events), (*path, "?"))
                continue
            key = str(event.value)
            here = (*path, key)
            place = _marked(event.start_mark)
            self._refuse_extras(event, here)
            if key in mapping:
                first = self._source.key_places[here]
                message = f"duplicate key {plain(key)} (first on line {first.line})"
                self._complaints.add_at(place, shown_path(here), message)
                self._node(next(self._events), (*path, "?", key))
                continue
            self._source.key_places[here] = place
            mapping[key] = self._node(next(self._events), here)
        return mapping

    def _refuse_extras(self, event: Event, path: Path) -> None:
        place = _marked(event.start_mark)
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if anchor is not None:
            self._complaints.add_at(place, shown_path(path), f"anchors are not allowed (&{plain(str(anchor))})")
        if tag is not None:
            shown = plain(str(tag).replace("tag:yaml.org,2002:", "!!"))
            self._complaints.add_at(place, shown_path(path), f"tags are not allowed ({shown})")

    def _scalar(self, event: ScalarEvent, path: Path) -> Plain:
        text = str(event.value)
        if (bad := _FORBIDDEN.search(text)) is not None:
            self._complaints.add(path, f"control character U+{ord(bad.group()):04X} is not allowed")
            return None
        return text if event.style else _resolved(text)


def _resolved(text: str) -> Plain:
    """A plain scalar by YAML 1.2's core schema; not-a-number and infinities stay texts, as no value here may be one."""
    if text in _NULL:
        return None
    if text in _FLAGS:
        return _FLAGS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _OTHER_BASE.fullmatch(text):
        return int(text, 0)
    if len(text) <= 40 and _FRACTION.fullmatch(text):
        number = float(text)
        return number if abs(number) < 1e300 else text
    return text


def _kind(value: Plain) -> str:
    if isinstance(value, list):
        return "list"
    return "text" if isinstance(value, str) else "single value"
