"""`handrail config check --live`: what the platforms call the ids of the file."""

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from adapters import build_names
from bridge.domain.errors import DeliveryError
from bridge.ports.names import Names, What
from bridge.rulebook.complaints import shown_path
from bridge.rulebook.ids import Id, ids
from bridge.rulebook.source import read

if TYPE_CHECKING:
    from pathlib import Path

    from bridge.rulebook.book import RuleBook

AT_ONCE = 4


async def look_up(file: "Path", book: "RuleBook") -> tuple[list[str], int]:
    """A line per id, in the order of the file, and how many cannot be used as they are."""
    source, _ = read(file)
    asked = list(ids(book, source))
    async with AsyncExitStack() as left:
        names: dict[str, Names] = {}
        for platform in sorted({each.platform for each in asked}):
            entry = book.platforms[platform]
            names[platform] = build_names(entry.kind, platform, entry.options)
            left.push_async_callback(names[platform].close)
        gate = asyncio.Semaphore(AT_ONCE)
        lines = await asyncio.gather(*(_line(names[each.platform], each, gate) for each in asked))
    return [line for line, _ in lines], sum(1 for _, good in lines if not good)


async def _line(names: Names, asked: Id, gate: asyncio.Semaphore) -> tuple[str, bool]:
    where = f"{shown_path(asked.path)} {asked.id}"
    try:
        async with gate:
            found = await names.name_of(What(asked.what), asked.id)
    except DeliveryError as error:
        return f"{where}: {error.reason} (asked {asked.platform})", False
    note = f" ({found.note})" if found.note else ""
    trouble = f": {found.trouble}" if found.trouble else ""
    return f"{where} = {found.name}{note}{trouble}", found.trouble is None
