"""The page of measures: what it says, for whom, and that charts and tables agree."""

import json
from datetime import timedelta

import pytest

from bridge.console.measures import lasted
from tests.console.measure_steps import some_weeks
from tests.store.measure_steps import a_life, line, logged


async def test_an_empty_site_says_that_nothing_happened(site, member):
    ana = await member("Ana")
    page = await ana.get("/measures")
    assert page.status == 200
    assert "No ticket was claimed in this window." in page.words
    assert "No ticket got its first answer in this window." in page.words
    assert "No ticket was opened or closed in this window." in page.words
    assert "nobody waits" in page.words


async def test_the_figures_are_those_of_the_log(site, member):
    for claimed in (2, 4, 30):
        await logged(site.store, a_life(claimed, 45))
    await logged(site.store, [*a_life(4, 40), line("ticket.reopened", 50)])
    site.clock.advance(minutes=55)
    words = (await (await member("Ana")).get("/measures")).words
    assert "Time to claim 4 min 30 min 30 min 4 From a ticket's opening to its first claim" in words
    assert "Reopened 25% 1 of 4" in words
    assert "Resolved 75% 3 of 4" in words
    assert "Oldest waiting now, all routes 55 min" in words


async def test_a_route_and_opening_hours_can_be_asked_for(site, member):
    await logged(site.store, a_life(2, route="french"))
    await logged(site.store, a_life(20, route="fallback"))
    site.clock.advance(minutes=30)
    ana = await member("Ana")
    assert "Time to claim 2 min 2 min 2 min 1 " in (await ana.get("/measures?route=french")).words
    assert "Time to claim 2 min 20 min 20 min 2 " in (await ana.get("/measures?route=nobody-knows")).words
    assert "only the opening hours" in (await ana.get("/measures?clock=work&window=week")).words


async def test_the_charts_are_drawn_from_the_same_figures(site, member):
    await logged(site.store, a_life(3, 8), ago=timedelta(days=2))
    ana = await member("Ana")
    got = json.loads((await ana.get("/measures.json?window=month")).text)
    assert {len(column) for column in got.values()} == {28}
    assert [value for value in got["claim_p50"] if value is not None] == [180]
    assert sum(got["opened"]) == sum(got["closed"]) == 1
    assert got["at"][1] - got["at"][0] == 86400
    assert got["at"][-1] <= site.clock.now().timestamp() < got["at"][-1] + 86400


@pytest.mark.parametrize("window", ["day", "week", "month"])
async def test_every_window_ends_with_the_running_step(site, member, window):
    got = json.loads((await (await member("Ana")).get(f"/measures.json?window={window}")).text)
    steps = {"day": 24, "week": 28, "month": 28}
    assert len(got["at"]) == steps[window]
    step = got["at"][1] - got["at"][0]
    assert got["at"][-1] <= site.clock.now().timestamp() < got["at"][-1] + step


async def test_what_the_address_says_wrongly_is_as_usual_and_never_shown(site, member):
    page = await (await member("Ana")).get("/measures?window=%3Cscript%3E&route=%3Cscript%3E&clock=x")
    assert page.status == 200
    assert "<script>" not in page.text


async def test_strangers_see_no_figures(site, stranger):
    assert (await stranger.get("/measures")).status == 401
    assert (await stranger.get("/measures.json")).status == 401


async def test_a_route_that_left_the_file_keeps_its_weeks(site, member):
    await logged(site.store, a_life(3, route="old-route"), ago=timedelta(days=3))
    assert "old-route" in (await (await member("Ana")).get("/measures?window=week")).text


async def test_no_persons_and_no_words_stand_in_the_figures(site, member):
    await some_weeks(site, days=2)
    text = (await (await member("Ana")).get("/measures.json?window=week")).text
    assert "Mara" not in text
    assert set(json.loads(text)) == {
        "at", "claim_p50", "claim_p90", "response_p50", "response_p90", "opened", "closed",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59, "59 s"), (250, "4 min 10 s"), (3600, "1 h"), (7530, "2 h 5 min"), (273600, "3 d 4 h")],
)
def test_lengths_are_said_in_two_units(seconds, said):
    assert lasted(timedelta(seconds=seconds)) == said
