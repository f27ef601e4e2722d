"""Two platforms and one site: who watches sees, a channel that is lost is gone around, and its keepers hear of it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.journeys.platforms import PLACES, Place
from tests.journeys.site import Site, running_site, until

OTHER = {"slack": "discord", "discord": "slack"}


@asynccontextmanager
async def both(folder: Path, owner: str, target: str, crash_at: str | None, monkeypatch) -> AsyncIterator[
    tuple[Site, Mapping[str, Place]]
]:  # fmt: skip
    """A site on both platforms; tickets live on `owner`. `target` is its line, with {own}, still open, and {other}."""
    async with AsyncExitStack() as stack:
        places = {name: await stack.enter_async_context(make()) for name, make in PLACES.items()}
        own = places[owner].target
        for place in places.values():
            for name, value in place.env.items():
                monkeypatch.setenv(name, value)
        site = await stack.enter_async_context(
            running_site(
                folder,
                platforms=", ".join(place.platforms for place in places.values()),
                target=target.format(own=own[:-1], other=places[OTHER[owner]].target),
                more=f"alarms: {{to: [{places['discord'].target}]}}\n",
                crash_at=crash_at,
            )
        )
        yield site, places


def cards(place: Place) -> list[str]:
    """The queue's digest names the ticket too; only a card tells its rule."""
    texts = place.far_side.in_channel()
    return [text for text in texts if "Refund not received" in text and "rule: everything" in text]


@pytest.mark.parametrize("owner", ["slack", "discord"])
async def test_a_card_to_watch_stands_once_on_the_other_platform_though_the_power_was_cut(
    owner: str, tmp_path: Path, monkeypatch
):
    watched = "{own}}}\n  watch: [{other}]"
    # The first of its kind to come back is the card to watch: whether the thread was opened too, both must stand once.
    async with both(tmp_path, owner, watched, "ring.after_call:1", monkeypatch) as (site, places):
        own, other = places[owner], places[OTHER[owner]]
        await site.escalates()
        assert await site.died(15), "it dies with a post made and nothing written down"
        site.crash_at = None
        await site.start()

        await until(lambda: len(cards(own)) == 1 and len(cards(other)) == 1, 40, why="both cards stand")
        [thread] = await until(own.threads, 40, why="the thread is open")
        await until(lambda: "A card to watch" in cards(other)[0], 20, why="it says what it is")
        await until(own.connected, why="the owner is connected")
        await own.far_side.click(thread, "Claim", by=own.far_side.colleague)

        await until(lambda: "Ben has it" in cards(other)[0], 20, why="the card to watch follows")
        assert (len(cards(own)), len(cards(other))) == (1, 1)
        assert "Claim" not in cards(other)[0]


async def test_a_ticket_whose_channel_is_archived_goes_to_the_other_platform_and_its_keepers_hear_of_it(
    tmp_path: Path, monkeypatch
):
    async with both(tmp_path, "slack", "{own}, fallback: [{other}]}}", None, monkeypatch) as (site, places):
        slack, discord = places["slack"], places["discord"]
        await slack.far_side.lose_channel()
        ticket = await site.escalates("web-1")
        await site.user_says(ticket["id"], "is anybody there?", "m2")

        [thread] = await until(discord.threads, 30, why="the thread opens on the other platform")

        async def shown() -> bool:
            return any("is anybody there?" in text for text in await discord.far_side.posted(thread))

        await until(shown, 20, why="and has what the user said")
        await until(lambda: "ticket.undeliverable" in site.bot.types, why="the bot hears of it")
        await until(
            lambda: any("has not been usable" in text for text in discord.far_side.in_channel()), 20, why="an alarm"
        )
        assert cards(slack) == []
        told = await site.handrail("alarm", "test")
        assert f"✓ {thread.lane}: delivered" in told

        slack.far_side.channel.archived = False
        await site.kill()
        await site.start()
        await site.escalates("web-2")
        await until(lambda: len(cards(slack)) == 1, 30, why="new tickets go to their own channel again")
        await until(
            lambda: any("can be used again" in text for text in discord.far_side.in_channel()), 20, why="it is over"
        )
        assert len(discord.threads()) == 1
