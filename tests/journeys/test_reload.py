"""The config file is edited while the real daemon runs: it comes into force whole, or the last good one stays."""

import asyncio
import os
import re

import aiohttp
import pytest

from tests.journeys.site import KEY, running_site, until

RELOADS = 50


@pytest.fixture
async def site(tmp_path):
    async with running_site(tmp_path) as made:
        yield made


def exchange(site, text):
    """As an editor does it: a new file takes the old one's name."""
    new = site.folder / "handrail.yaml.new"
    new.write_text(text, encoding="utf-8")
    os.replace(new, site.folder / "handrail.yaml")  # noqa: PTH105 - the atomic exchange is the point


def written(site):
    return (site.folder / "handrail.yaml").read_text(encoding="utf-8")


async def metric(site, name):
    found = re.search(rf"^{name} (\S+)$", await site.call("GET", "/metrics"), re.MULTILINE)
    return float(found[1]) if found else None


async def reloaded(site, act):
    """Do it, and return once the daemon has taken it in."""
    before = await metric(site, "handrail_config_reload_timestamp_seconds")

    async def later():
        return await metric(site, "handrail_config_reload_timestamp_seconds") != before

    act()
    await until(later, why="the rules were not read again")


async def test_fifty_reloads_under_load_drop_no_call(site):
    text, done, answers = written(site), asyncio.Event(), []

    async def bot(number, http):
        headers = {"Authorization": f"Bearer {KEY}"}
        while not done.is_set():
            body = {
                "conversation": {"external_id": f"w{number}-{len(answers)}"},
                "user": {"external_id": "u"},
                "title": "Help",
            }
            async with http.post(f"{site.url}/v1/tickets", json=body, headers=headers) as answer:
                answers.append(answer.status)
                await answer.read()

    async with aiohttp.ClientSession() as http:
        bots = [asyncio.create_task(bot(number, http)) for number in range(3)]
        for turn in range(RELOADS):
            exchange(site, text.replace("name: everything", f"name: everything-{turn}"))
            await reloaded(site, site.hang_up)
        done.set()
        await asyncio.gather(*bots)
    assert set(answers) <= {201, 429}, set(answers)
    assert answers.count(201) >= RELOADS
    last = (await site.escalates("after"))["id"]
    assert f"everything-{RELOADS - 1}" in await site.handrail(
        "tickets", "why", str((await site.call("GET", f"/v1/tickets/{last}"))["ticket"]["number"])
    )


async def test_a_bad_file_changes_nothing_and_is_said_everywhere_until_it_is_right(site):
    text = written(site)
    exchange(site, text.replace("team: support", "team: suport"))

    async def refused():
        return await metric(site, "handrail_config_reload_success") == 0

    await until(refused, why="nobody looked at the file")
    assert "did you mean support?" in site.log()
    assert "rules_refused" in site.log()
    assert (await site.escalates())["id"]
    assert KEY not in site.log()

    exchange(site, text.replace("undo: 1s", "undo: 2s"))

    async def good():
        return await metric(site, "handrail_config_reload_success") == 1

    await until(good, why="the file was not read again")


async def test_a_bot_taken_out_of_the_file_loses_nothing(site):
    ticket = await site.escalates()
    text = written(site)
    other = text.replace("shop-bot:", "new-bot:")
    exchange(site, other)
    await reloaded(site, site.hang_up)
    told = await site.handrail("tickets", "orphans")
    assert f"#{ticket['number']}" in told
    assert "waits for shop-bot" in told
    await site.handrail("tickets", "close", str(ticket["number"]))

    exchange(site, text)
    await reloaded(site, site.hang_up)
    await until(
        lambda: any(call.type == "ticket.closed" for call in site.bot.events.values()), why="the bot was not told"
    )
    assert (await site.call("GET", f"/v1/tickets/{ticket['id']}"))["ticket"]["state"] == "closed"


async def test_a_bot_that_said_gone_hears_on_once_its_callbacks_go_elsewhere(site):
    site.bot.answer_next(410)
    await site.escalates()
    await until(lambda: "lane_stopped" in site.log(), why="the 410 stopped nothing")
    exchange(site, written(site).replace(site.bot.url, f"{site.bot.url}?moved"))
    await reloaded(site, site.hang_up)
    await until(
        lambda: "ticket.opened" in {call.type for call in site.bot.events.values()}, why="it still stands still"
    )


async def test_running_tickets_are_moved_by_the_command_once(site):
    ticket = await site.escalates()
    (site.folder / "old.yaml").write_text(written(site), encoding="utf-8")
    exchange(site, written(site).replace("name: everything", "name: renamed"))
    told = await site.handrail("config", "diff", "old.yaml", "handrail.yaml")
    assert told.startswith(f"#{ticket['number']}  ")
    assert told.splitlines()[-1] == "1 of 1 would go elsewhere or be treated otherwise."
    await reloaded(site, site.hang_up)
    line = f"#{ticket['number']}  everything -> renamed"
    assert await site.handrail("tickets", "reroute", "--route", "everything", "--dry-run") == f"{line}\n1 would move.\n"
    assert await site.handrail("tickets", "reroute", "--route", "everything") == f"{line}\n1 moved.\n"
    assert await site.handrail("tickets", "reroute", "--route", "everything") == "Nothing to move.\n"
    await until(
        lambda: any(call.type == "ticket.rerouted" for call in site.bot.events.values()), why="the bot was not told"
    )
