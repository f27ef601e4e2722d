"""The stream: news without asking, and an end when it is time."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from bridge.domain.events import Activity, UserActive
from tests.console.conftest import SHOP, Site
from tests.console.visitor import Visitor

SignIn = Callable[..., Awaitable[Visitor]]


async def test_a_new_ticket_stands_in_every_open_list(site: Site, member: SignIn) -> None:
    ana, ben = await member("Ana"), await member("Ben")
    async with ana.stream() as hers, ben.stream("/live?s=open") as his:
        await hers.next()
        await his.next()

        await site.escalate("Just now")

        assert "Just now" in await hers.until("Just now")
        assert "Just now" in await his.until("Just now")


async def test_what_a_browser_has_already_is_not_sent_again(site: Site, member: SignIn) -> None:
    first = await site.escalate("The first matter")
    ana = await member("Ana")
    async with ana.stream() as stream:
        assert "The first matter" in await stream.next()

        await site.escalate("The second matter")
        update = await stream.until("The second matter")

        assert f'<i id="row-{first.number}" data-same></i>' in update
        assert "The first matter" not in update


async def test_words_of_the_user_appear_in_the_open_ticket_alone(site: Site, member: SignIn) -> None:
    ticket, other = await site.escalate("This one"), await site.escalate("That one")
    ana, ben = await member("Ana"), await member("Ben")
    await ana.get(f"/t/{ticket.number}")
    await ben.get(f"/t/{other.number}")
    async with ana.stream() as hers, ben.stream() as his:
        await hers.next()
        await his.next()

        await site.user_says(ticket, "and the *refund*?")

        assert "<em>refund</em>" in await hers.until("refund")
        assert "<em>" not in await his.until("refund")


async def test_an_act_in_one_browser_changes_the_others(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana, ben = await member("Ana"), await member("Ben")
    await ben.get(f"/t/{ticket.number}")
    async with ben.stream() as his:
        await his.next()

        await ana.act(ticket.number, "claim")

        update = await his.until("Ana has it")
        assert "Take it over from" in update


async def test_colleagues_see_who_else_looks_and_writes(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana, ben = await member("Ana"), await member("Ben")
    await ana.get(f"/t/{ticket.number}")
    await ben.get(f"/t/{ticket.number}")
    async with ana.stream() as hers:
        await hers.next()
        async with ben.stream() as his:
            await his.next()
            await hers.until("is looking too")
            await ben.post(f"/t/{ticket.number}/typing", note="1")
            await hers.until("is writing a note")
        site.clock.advance(seconds=10)
        site.store.commits.pulse({ticket.id})
        assert "is writing" not in await hers.next()


async def test_the_user_is_seen_writing(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana = await member("Ana")
    await ana.get(f"/t/{ticket.number}")
    async with ana.stream() as stream:
        await stream.next()

        await site.desk.handle(
            UserActive(
                bot=SHOP, key=None, fingerprint="", at=site.clock.now(), ticket=ticket.id, activity=Activity.TYPING
            )
        )

        assert "<bdi>Mara</bdi> is writing" in await stream.until("is writing")


async def test_a_reminder_rings_for_the_team_and_for_nobody_else(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana, eve = await member("Ana"), await member("Eve")
    async with ana.stream() as hers, eve.stream() as outside:
        await hers.next()
        await outside.next()
        await site.user_says(ticket, "hello?")
        await hers.until("hello?")

        await site.pass_time(minutes=4)

        assert "waits for somebody" in await hers.until("data-ring")
        assert "data-ring" not in await outside.until("reminded")


async def test_a_new_ticket_rings_once(site: Site, member: SignIn) -> None:
    ana = await member("Ana")
    async with ana.stream() as stream:
        await stream.next()

        ticket = await site.escalate("Fresh")
        await stream.until(f"#{ticket.number} is new")
        await site.user_says(ticket, "hello?")

        assert "data-ring" not in await stream.until("hello?")


async def test_new_words_ring_for_the_one_who_has_the_ticket(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana, ben = await member("Ana"), await member("Ben")
    async with ana.stream("/live?s=mine") as hers, ben.stream() as his:
        await hers.next()
        await his.next()
        await ana.act(ticket.number, "claim")
        await hers.until(">you<")
        site.clock.advance(seconds=5)

        await site.user_says(ticket, "secret words")

        bell = await hers.until("has a new message")
        assert "secret words" not in bell.split('id="rings"')[1]
        assert "has a new message" not in his.html


async def test_a_stop_ends_open_streams_at_once(site: Site, member: SignIn) -> None:
    ana, ben = await member("Ana"), await member("Ben")
    async with ana.stream() as hers, ben.stream() as his:
        await hers.next()
        await his.next()

        began = time.monotonic()
        await site.runner.cleanup()

        await hers.end()
        await his.end()
        assert time.monotonic() - began < 5


async def test_a_browser_that_goes_leaves_nothing_behind(site: Site, member: SignIn) -> None:
    ana = await member("Ana")
    async with ana.stream() as stream:
        await stream.next()
        assert site.house.live.tabs == 1

    for _ in range(200):
        if site.house.live.tabs == 0:
            break
        await site.escalate()
        await asyncio.sleep(0)
    assert site.house.live.tabs == 0


async def test_a_burst_costs_few_pictures(site: Site, member: SignIn) -> None:
    ana = await member("Ana")
    async with ana.stream() as stream:
        await stream.next()

        await asyncio.gather(*(site.escalate(f"Burst {n:02}") for n in range(60)))

        pictures = 1
        while "Burst 49" not in await stream.next():
            pictures += 1
        assert pictures < 20
