"""The far sides a story is told on: a wire server, and the lines of the config file that lead to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from bridge.domain.refs import ThreadRef
from tests.adapters.discord_shore import NAME as DISCORD
from tests.adapters.discord_shore import DiscordFarSide
from tests.adapters.slack_shore import CHANNEL, SlackFarSide
from tests.adapters.slack_shore import NAME as SLACK
from tests.wire.discord import DiscordServer
from tests.wire.slack.server import APP_TOKEN, BOT_TOKEN, SlackServer


@dataclass
class Place:
    """One platform of a story. `threads` are all roots of ours, in the order they were made."""

    far_side: SlackFarSide | DiscordFarSide
    platforms: str
    team: str
    target: str
    env: dict[str, str]

    def connected(self) -> bool:
        """Is the daemon listening? Words written before that are found by catch-up, which is a story of its own."""
        server = self.far_side.server
        return server.sockets.open_sockets > 0 if isinstance(server, SlackServer) else bool(server.gateway.live)

    async def answers_question(self, thread: ThreadRef, label: str, by: str) -> None:
        """Press a button of the question that only its writer was asked."""
        far = self.far_side
        if isinstance(far, DiscordFarSide):
            await far.click(thread, label, by=by)
            return
        asked = await far.people.shown_privately(by)
        await far.people.clicks(CHANNEL, asked[-1], label, by, private=True)

    def threads(self) -> list[ThreadRef]:
        lane = self.far_side.lane
        if isinstance(self.far_side, SlackFarSide):
            ours = {ts: m for ts, m in self.far_side.channel.messages.items() if "bot_id" in m}
            # A root with replies names itself as its thread; the queue's digest is a root without any.
            roots = [ts for ts, m in ours.items() if m.get("thread_ts") == ts]
            return [ThreadRef(lane, root) for root in roots]
        assert isinstance(self.far_side, DiscordFarSide)
        world = self.far_side.server.world
        return [ThreadRef(lane, str(c.id)) for c in world.channels.values() if str(c.parent) == lane.place]


class MachineClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@asynccontextmanager
async def slack_place() -> AsyncIterator[Place]:
    async with SlackServer(MachineClock().now).running() as server:
        server.limits.enforced = True
        yield Place(
            far_side=SlackFarSide(server),
            platforms=f"{SLACK}: {{kind: slack, bot_token: {{env: SLACK_BOT}}, app_token: {{env: SLACK_APP}}, "
            f'api_url: "{server.api_url}"}}',
            team="slack_group: S0SUPPORT",
            target=f"{{platform: {SLACK}, channel: {CHANNEL}}}",
            env={"SLACK_BOT": BOT_TOKEN, "SLACK_APP": APP_TOKEN},
        )
    assert server.complaints == []
    assert server.limits.earned == [], "the daemon went faster than Slack allows"


@asynccontextmanager
async def discord_place() -> AsyncIterator[Place]:
    server = DiscordServer(MachineClock())
    far_side = DiscordFarSide(server)
    await server.start()
    try:
        yield Place(
            far_side=far_side,
            platforms=f'{DISCORD}: {{kind: discord, token: {{env: DISCORD}}, guild: "{server.world.guild}", '
            f'api_url: "{server.api_url}", gateway_url: "{server.gateway_url}"}}',
            team=f'discord_role: "{far_side.team}"',
            target=f'{{platform: {DISCORD}, channel: "{far_side.lane.place}"}}',
            env={"DISCORD": server.token},
        )
    finally:
        await server.stop()


PLACES = {"slack": slack_place, "discord": discord_place}
