"""A daemon as a process in front of a wire Slack with as many channels as a measurement needs."""

import re
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from tests.journeys.site import KEY, Process, until
from tests.wire.bot import SECRET
from tests.wire.slack import blocks as block_kit
from tests.wire.slack.people import People
from tests.wire.slack.server import APP_TOKEN, BOT_TOKEN, SlackServer
from tests.wire.slack.workspace import Channel, Payload

TITLE = re.compile(r"((?:First|Load|Rush|Life)(?: \d+)?)\.")
CONFIG = """\
version: 1
server: {{host: 127.0.0.1, port: 8700}}
store: {{url: "sqlite://data/handrail.db"}}
platforms:
  acme-slack:
    {{kind: slack, bot_token: {{env: SLACK_BOT}}, app_token: {{env: SLACK_APP}}, api_url: "{api}", pace: {pace}}}
bots:
  shop-bot: {{keys: [{{env: SHOP_KEY}}], attributes: {{place: string}}{callback}}}
teams:
  support: {{members_of: channel}}
routes:
  name: everything
  target: {{platform: acme-slack, channel: {first}}}
  team: support
  relay: {{undo: 0s}}
  routes:
{routes}
"""


@dataclass
class SlackSite:
    """`accepted` says when each ticket's 201 had come, by its title."""

    server: SlackServer
    daemon: Process
    http: aiohttp.ClientSession
    channels: Sequence[str]
    accepted: dict[str, float] = field(default_factory=dict)

    @property
    def people(self) -> People:
        return People(self.server)

    async def escalate(self, title: str, channel: str, **more: Any) -> dict[str, Any]:
        body = {
            "conversation": {"external_id": title.replace(" ", "-")},
            "user": {"external_id": "u1", "name": "Mara"},
            "title": f"{title}.",
            "attributes": {"place": channel},
            **more,
        }
        headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": title.replace(" ", "-")}
        async with self.http.post(f"{self.daemon.url}/v1/tickets", json=body, headers=headers) as got:
            answer = await got.json()
            assert got.status == 201, answer
        self.accepted[title] = time.time()
        ticket: dict[str, Any] = answer["ticket"]
        return ticket

    def roots(self) -> Iterator[tuple[Payload, float]]:
        """Every card, and when it was made."""
        for name in self.channels:
            channel = self.server.workspace.channels[name]
            for ts, message in channel.messages.items():
                if (message.get("metadata") or {}).get("event_payload", {}).get("root"):
                    yield message, channel.written[ts].timestamp()

    @property
    def shown(self) -> int:
        """How many cards stand there."""
        return sum(1 for _ in self.roots())

    def cards(self) -> dict[str, float]:
        """When each card was made, by its ticket's title."""
        found = {}
        for message, at in self.roots():
            title = TITLE.search(block_kit.shown(message.get("blocks")))
            assert title is not None
            found[title[1]] = at
        return found


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def slack_site(channels: int, *, pace: float = 1, callback: str = "") -> AsyncIterator[SlackSite]:
    """`pace` is how much faster than Slack the wire server may be called; its own limits are scaled alike."""
    names = [f"C0BENCH{number:02d}" for number in range(channels)]
    async with SlackServer(_now).running() as server:
        workspace = server.workspace
        for name in names:
            workspace.channels[name] = Channel(name, name.lower(), set(workspace.users))
        with tempfile.TemporaryDirectory(prefix="handrail-bench-") as folder:
            told = (
                f', callback: {{url: "{callback}", secret: {{env: SHOP_CALLBACK}}, private: true}}' if callback else ""
            )
            routes = "\n".join(
                f"    - {{name: r{place}, match: {{attributes.place: {name}}}, "
                f"target: {{platform: acme-slack, channel: {name}}}}}"
                for place, name in enumerate(names)
            )
            text = CONFIG.format(api=server.api_url, pace=pace, callback=told, first=names[0], routes=routes)
            _write(Path(folder, "handrail.yaml"), text)
            env = {
                "SHOP_KEY": KEY, "SHOP_CALLBACK": SECRET, "SLACK_BOT": BOT_TOKEN, "SLACK_APP": APP_TOKEN,
                "HANDRAIL_LOG": "WARNING",
            }  # fmt: skip
            daemon = Process(Path(folder), env, from_nothing=True)
            await daemon.start()
            try:
                await until(lambda: server.sockets.open_sockets == 2, 30, why="Slack is connected")
                async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
                    yield SlackSite(server, daemon, http, names)
            finally:
                await daemon.stop()
    assert server.complaints == []
