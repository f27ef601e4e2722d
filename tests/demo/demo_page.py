"""A visitor's browser in a few lines, and the demo bot on a port of its own."""

import asyncio
import json
import sqlite3
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bridge.demo.app import Settings, build_demo
from tests.wire.handrail_api import CALLBACK, SIGNING, WireHandrail


@dataclass
class Page:
    """What one visitor does and sees."""

    http: aiohttp.ClientSession
    base: str
    visitor: str

    @property
    def callback(self) -> str:
        return f"{self.base}/callback"

    async def say(self, text: str, line: str | None = None) -> str:
        line = line or str(uuid.uuid4())
        body = {"text": text, "name": "Mara", "locale": "fr-FR"}
        async with self.http.post(f"{self.base}/talks/{self.visitor}/lines/{line}", json=body) as got:
            assert got.status == 204
        return line

    async def act(self, method: str, path: str, body: object = None) -> int:
        async with self.http.request(method, f"{self.base}/talks/{self.visitor}{path}", json=body) as got:
            return got.status

    async def seen(self) -> dict[str, Any]:
        async with self.http.get(f"{self.base}/talks/{self.visitor}") as got:
            return dict(await got.json())

    async def until(self, seen: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Look again and again, as the page does, until the conversation looks so."""
        async with asyncio.timeout(10):
            while True:
                if seen(talk := await self.seen()):
                    return talk
                await asyncio.sleep(0.02)

    async def texts(self) -> list[tuple[str, str]]:
        return [(line["who"], line["text"]) for line in (await self.seen())["lines"]]


@contextmanager
def kept(folder: Path) -> Iterator[dict[str, Any]]:
    """What the demo keeps on the disk, by visitor; a test may change it while the demo is down."""
    with closing(sqlite3.connect(folder / "talks.db")) as db, db:
        talks = {visitor: json.loads(talk) for visitor, talk in db.execute("SELECT visitor, talk FROM talks")}
        yield talks
        for visitor, talk in talks.items():
            db.execute("UPDATE talks SET talk = ? WHERE visitor = ?", (json.dumps(talk), visitor))


async def at_once(_: float) -> None:
    """Pauses between attempts cost nothing here; the loop still turns."""
    await asyncio.sleep(0.01)


@asynccontextmanager
async def demo_running(
    handrail: WireHandrail,
    folder: Path,
    visitor: str,
    *,
    port: int = 0,
    sleep: Callable[[float], Awaitable[None]] = at_once,
) -> AsyncIterator[Page]:
    settings = Settings(
        api_url=handrail.url, bot="shop-bot", signing_secret=SIGNING, callback_secret=CALLBACK, data_dir=folder
    )
    root = web.Application()
    root.add_subapp("/demo/", build_demo(settings, sleep=sleep))
    runner = web.AppRunner(root, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        async with aiohttp.ClientSession() as http:
            yield Page(http, f"http://127.0.0.1:{runner.addresses[0][1]}/demo", visitor)
    finally:
        await runner.cleanup()
