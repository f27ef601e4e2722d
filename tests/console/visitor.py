"""A member's browser without its eyes: cookies, forms with their token, and the stream."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser

import aiohttp
from yarl import URL


@dataclass(slots=True)
class Answer:
    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def words(self) -> str:
        """What a reader sees, as one line."""
        reader = _Reader()
        reader.feed(self.text)
        return " ".join("".join(reader.seen).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_data(self, data: str) -> None:
        self.seen.append(data)

    def handle_endtag(self, tag: str) -> None:
        self.seen.append(" ")


@dataclass(slots=True)
class Visitor:
    """Keeps cookies like a browser. `csrf` is the token of the last page that had one."""

    session: aiohttp.ClientSession
    base: str
    csrf: str = ""
    key: str = ""
    live: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **headers: str) -> Answer:
        # As typed: yarl would tidy up what a test means literally.
        url = URL(self.base + path, encoded=True)
        async with self.session.get(url, headers={**self.headers, **headers}, allow_redirects=False) as response:
            return self._noted(Answer(response.status, await response.text(), response.headers))

    async def post(
        self, path: str, *, csrf: str | None = None, head: Mapping[str, str] | None = None, **form: str
    ) -> Answer:
        """Submit a form as the page's script does."""
        token = self.csrf if csrf is None else csrf
        data = {**form, **({"csrf": token} if token else {})}
        shown = {"X-CSRF-Token": token} if token else {}
        headers = {"Origin": self.base, "HX-Request": "true", **shown, **self.headers, **(head or {})}
        url = URL(self.base + path, encoded=True)
        async with self.session.post(url, data=data, headers=headers, allow_redirects=False) as response:
            return Answer(response.status, await response.text(), response.headers)

    async def act(self, number: int, verb: str, *, card: str = "page-token.1", **form: str) -> Answer:
        return await self.post(f"/t/{number}/act", verb=verb, card=card, epoch="1", **form)

    async def say(self, number: int, text: str, mode: str = "note", *, key: str | None = None) -> Answer:
        if key is None:
            await self.get(f"/t/{number}")
        return await self.post(f"/t/{number}/say", text=text, mode=mode, key=key or self.key)

    @asynccontextmanager
    async def stream(self, path: str | None = None) -> AsyncIterator["Stream"]:
        timeout = aiohttp.ClientTimeout(total=None, sock_read=None)
        url = URL(self.base + (path or self.live), encoded=True)
        async with self.session.get(url, timeout=timeout) as response:
            assert response.status == 200, await response.text()
            yield Stream(response)

    def _noted(self, answer: Answer) -> Answer:
        for name, pattern in (
            ("csrf", r'name="csrf" value="([^"]+)"'),
            ("key", r'id="say-key" value="([^"]+)"'),
            ("live", r'sse-connect="([^"]+)"'),
        ):
            if found := re.search(pattern, answer.text):
                setattr(self, name, found[1].replace("&amp;", "&"))
        return answer


class Stream:
    """What the server sends by itself."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.html = ""
        """The last update."""

    async def next(self, seconds: float = 5.0) -> str:
        """The next update, however long lines it has."""
        async with asyncio.timeout(seconds):
            return await self._next()

    async def until(self, words: str, seconds: float = 5.0) -> str:
        """The next update that has the words."""
        async with asyncio.timeout(seconds):
            while words not in await self._next():
                pass
        return self.html

    async def end(self, seconds: float = 5.0) -> None:
        """Read until the server ends it."""
        async with asyncio.timeout(seconds):
            while await self._response.content.readany():
                pass

    async def _next(self) -> str:
        lines: list[str] = []
        while True:
            line = (await self._line()).decode()
            if line.startswith("data: "):
                lines.append(line[6:])
            elif not line and lines:
                self.html = "\n".join(lines)
                return self.html

    async def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            part = await self._response.content.readuntil(b"\n")
            if not part:
                raise ConnectionError("the stream has ended")
            line += part
        return line.rstrip(b"\n")
