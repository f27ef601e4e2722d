"""Which Web API calls a ticket costs, from its opening to its close: `python -m benchmarks.slack_calls`.

A real daemon in front of a wire Slack: a ticket is opened, claimed by its button, talked about in ten messages (five of
the user, five of the team) and closed. Every call is counted where Slack would count it. What is not about the ticket
itself, private answers and files stand apart.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Awaitable

from benchmarks.slack_site import SlackSite, slack_site
from tests.journeys.site import KEY, until
from tests.wire.bot import SECRET, WireBot
from tests.wire.slack.people import has_button
from tests.wire.slack.workspace import BOT_USER, Payload

TARGET = 18
UPKEEP = frozenset(
    {
        "apps.connections.open", "auth.test", "bots.info", "conversations.history", "conversations.info",
        "conversations.members", "conversations.replies", "usergroups.list", "usergroups.users.list", "users.info",
        "views.publish",
    }
)  # fmt: skip
"""Asked once in a while, or read back every ten minutes, however much a ticket is talked about."""
PRIVATE = frozenset({"chat.postEphemeral", "views.open", "views.update", "conversations.open"})
FILES = frozenset({"files.getUploadURLExternal", "files.completeUploadExternal", "files.info", "upload"})
MEMBER = "U0ANA"


class Life:
    """One ticket, and what each of its steps cost."""

    def __init__(self, site: SlackSite, bot: WireBot) -> None:
        self.site, self.bot = site, bot
        self.rows: list[tuple[str, Counter[str]]] = []

    @property
    def channel(self) -> dict[str, Payload]:
        return self.site.server.workspace.channels[self.site.channels[0]].messages

    async def step(self, name: str, work: Awaitable[object]) -> None:
        before = Counter(self.site.server.counts)
        await work
        await self._quiet()
        spent = Counter(self.site.server.counts)
        spent.subtract(before)
        self.rows.append((name, +spent))

    async def _quiet(self) -> None:
        """Nothing was called for so long that nothing follows any more: a card waits two seconds for further news."""
        calls, since = -1, 0
        while since < 30:
            await asyncio.sleep(0.1)
            now = len(self.site.server.calls)
            since = since + 1 if now == calls else 0
            calls = now

    async def opens(self) -> None:
        turns = [{"id": "m1", "from": "user", "text": "where is my refund?"}]
        self.ticket = await self.site.escalate("Life", self.site.channels[0], transcript=turns)
        await until(lambda: self.site.shown == 1, 30, why="the card is shown")
        self.root = next(iter(self.channel))

    async def claimed(self) -> None:
        await self.site.people.clicks(self.site.channels[0], self.channel[self.root], "Claim", MEMBER)
        await until(lambda: not has_button(self.channel[self.root], "Claim"), 30, why="the card says who has it")

    async def user_says(self, number: int) -> None:
        body = {"text": f"and now {number}?", "external_id": f"u{number}"}
        address = f"{self.site.daemon.url}/v1/tickets/{self.ticket['id']}/messages"
        headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": f"u{number}"}
        async with self.site.http.post(address, json=body, headers=headers) as got:
            assert got.status == 201, await got.text()
        await until(lambda: any(body["text"] in str(one) for one in self.channel.values()), 30, why="it is shown")

    async def member_says(self, number: int) -> None:
        ts = self.site.people.writes(self.site.channels[0], self.root, MEMBER, f"it is on its way {number}")

        def marked() -> bool:
            return any(BOT_USER in one["users"] for one in self.channel[ts].get("reactions", ()))

        await until(marked, 30, why="it is marked as sent")

    async def closed(self) -> None:
        await self.site.daemon.handrail("tickets", "close", str(self.ticket["number"]))
        await until(lambda: "ticket.closed" in self.bot.types, 30, why="the bot hears of the close")

    async def whole(self) -> None:
        await self.step("open", self.opens())
        await self.step("claim", self.claimed())
        for number in range(5):
            await self.step("message of the user", self.user_says(number))
            await self.step("message of the team", self.member_says(number))
        await self.step("close", self.closed())


def table(rows: list[tuple[str, Counter[str]]]) -> int:
    """Print it; what the ticket itself cost in all."""
    steps: dict[str, Counter[str]] = {}
    times: Counter[str] = Counter()
    for name, spent in rows:
        steps.setdefault(name, Counter()).update(spent)
        times[name] += 1
    total = 0
    print(f"{'step':<22}{'times':>6}{'calls':>7}  of them")
    for name, spent in steps.items():
        own = Counter({method: n for method, n in spent.items() if method not in UPKEEP | PRIVATE | FILES})
        total += own.total()
        told = ", ".join(f"{method} {count}" for method, count in sorted(own.items()))
        print(f"{name:<22}{times[name]:>6}{own.total():>7}  {told}")
    everything = sum((spent for _, spent in rows), Counter())
    for title, methods in (("private answers", PRIVATE), ("files", FILES), ("the workspace", UPKEEP)):
        apart = {method: n for method, n in sorted(everything.items()) if method in methods}
        told = ", ".join(f"{method} {count}" for method, count in apart.items())
        print(f"apart: {title:<15}{'':>6}{sum(apart.values()):>7}  {told}")
    print(f"in all {total}   target ≤ {TARGET}: {'kept' if total <= TARGET else 'MISSED'}")
    return total


async def measure() -> bool:
    bot = WireBot(SECRET)
    await bot.up()
    try:
        async with slack_site(1, callback=bot.url) as site:
            life = Life(site, bot)
            await life.whole()
    finally:
        await bot.down()
    return table(life.rows) <= TARGET


if __name__ == "__main__":
    sys.exit(not asyncio.run(measure()))
