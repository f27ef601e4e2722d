"""The operators' page: what it says, who may act on it, and that every act goes by the desk and into the audit."""

from dataclasses import replace

import pytest

from bridge.console.insides import Insides
from bridge.console.operations_scene import forecast
from bridge.domain.deliveries import DeliveryState, Ending
from bridge.domain.refs import BotName, Lane
from bridge.domain.views import LaneView
from bridge.store.deliveries import Wanted
from tests.adapters.slack_shore import slack_shore
from tests.samples import SUPPORT, opening, opens

LANE = str(SUPPORT)


async def a_delivery(site, ending: Ending, reason: str = "channel_not_found", conversation: str = "c1"):
    await site.store.writer.decide(opens(opening(conversation)))
    taken = (await site.store.outbox.take(SUPPORT, site.clock.now(), 1))[0]
    await site.store.outbox.finish(taken, ending, now=site.clock.now(), reason=reason)
    return taken.id


async def states(site, *wanted: DeliveryState):
    views, _ = await site.store.deliveries.page(Wanted(states=wanted or tuple(DeliveryState)))
    return {view.id: view.state for view in views}


async def acts(site):
    return [(act.actor, act.action) for act in (await site.store.audit.page()).rows if act.facts.get("lane")]


async def test_nothing_is_wrong_and_the_inbox_shows_no_dot(site, member):
    ana = await member("Ana")

    page = await ana.get("/operations")

    assert page.status == 200
    for words in ("Nothing is wrong.", "Nothing failed, and nothing is in doubt.", "Nothing waits anywhere.",
                  "reads its events itself", "the file is in force", "None since the daemon started."):  # fmt: skip
        assert words in page.words
    assert "wrong-dot" not in (await ana.get("/")).text


async def test_what_failed_shows_with_its_reason_and_the_inbox_has_a_dot(site, member):
    name = await a_delivery(site, Ending.DEAD, 'is_archived <script>alert("x")</script>')
    ana = await member("Ana", admin=True)

    page = await ana.get("/operations")

    assert "Something needs a look." in page.words
    assert f"failed OpenThread to {LANE} · #1001" in page.words
    assert "is_archived" in page.words
    assert "<script>alert" not in page.text
    assert name in page.text
    assert "wrong-dot" in (await ana.get("/")).text


async def test_members_read_and_only_admins_act(site, member):
    name = await a_delivery(site, Ending.DEAD)
    ben = await member("Ben")

    assert 'action="/operations/' not in (await ben.get("/operations")).text
    assert (await ben.post("/operations/delivery", delivery=name, how="drop")).status == 403
    assert (await ben.post("/operations/lane", lane=LANE, how="pause")).status == 403
    assert (await ben.get("/audit")).status == 403
    assert await states(site, DeliveryState.DEAD) == {name: "dead"}


async def test_a_dead_delivery_goes_out_again_at_an_admins_click(site, member):
    name = await a_delivery(site, Ending.DEAD)
    ana = await member("Ana", admin=True)
    await ana.get("/operations")

    answer = await ana.post("/operations/delivery", delivery=name, how="retry")

    assert "It goes out again, in its old place." in answer.words
    assert await states(site, DeliveryState.READY) == {name: "ready"}
    assert await acts(site) == [("console:Ana", "delivery.retried")]
    told = await ana.get("/audit")
    assert "delivery.retried" in told.words
    assert "127.0.0.1" in told.words
    only = await ana.get("/audit?action=session")
    assert "session.began" in only.words
    assert "delivery.retried" not in only.words


async def test_a_refused_act_says_why_and_changes_nothing(site, member):
    name = await a_delivery(site, Ending.UNKNOWN, "cut off")
    ana = await member("Ana", admin=True)

    answer = await ana.post("/operations/delivery", delivery=name, how="retry")
    assert "might be there twice" in answer.words
    plain = await ana.post("/operations/delivery", head={"HX-Request": "false"}, delivery=name, how="adopt", link="x")
    assert "has no posts with links" in plain.words
    assert "Failed or in doubt" in plain.words
    assert "no delivery dlv_none" in (await ana.post("/operations/delivery", delivery="dlv_none", how="drop")).words
    assert (await ana.post("/operations/delivery", delivery=name, how="explode")).status == 422
    assert (await ana.post("/operations/lane", lane=LANE, how="explode")).status == 422
    assert "There is no lane" in (await ana.post("/operations/lane", lane="nowhere/C1", how="pause")).words
    assert await states(site, DeliveryState.UNKNOWN) == {name: "unknown"}
    assert await acts(site) == []


async def test_a_lane_is_paused_and_resumed(site, member):
    ana = await member("Ana", admin=True)

    answer = await ana.post("/operations/lane", lane="bot/shop-bot", how="pause")

    assert "Nothing is sent there until it is resumed." in answer.words
    assert "It was stopped on purpose" in answer.words
    (view,) = await site.store.lanes.views()
    assert (view.lane, view.paused_by) == (Lane("bot", BotName("shop-bot")), "console:Ana")
    assert "It goes on." in (await ana.post("/operations/lane", lane="bot/shop-bot", how="resume")).words
    assert await site.store.lanes.views() == []


async def test_the_page_follows_what_happens(site, member):
    ana = await member("Ana", admin=True)
    await ana.get("/operations")
    async with ana.stream() as events:
        await events.until("Nothing is wrong.")
        name = await a_delivery(site, Ending.DEAD)
        await events.until(name, seconds=10)


@pytest.mark.parametrize("after", ["", "nonsense", "WzFd"])
async def test_the_audit_is_read_page_by_page(site, member, after):
    ana = await member("Ana", admin=True)
    page = await ana.get(f"/audit?after={after}")
    assert page.status == 200
    assert "Who did what" in page.words


async def test_a_long_queue_says_how_long_it_will_take_at_the_platforms_pace(site, clock):
    async with slack_shore(clock) as shore:
        house = replace(site.house, insides=Insides(chats={SUPPORT.platform: shore.platform}))
        queue = LaneView(lane=SUPPORT, waiting=2800, oldest_at=None, failing_since=None)

        assert forecast(house, queue) == "2,800 waiting, it takes about 1 a second: about 47 min."
        assert forecast(house, replace(queue, waiting=3)) == "Takes about 1 a second."
        assert forecast(house, replace(queue, lane=Lane("bot", "shop-bot"))) is None
