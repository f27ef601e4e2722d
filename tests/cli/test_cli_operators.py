"""`deliveries`, `lanes` and `audit`, beside a daemon that runs."""

import json
from datetime import UTC, datetime

from bridge.domain.alarms import Trouble, about_event
from bridge.domain.events import EventKey
from bridge.ports.clock import SystemClock
from bridge.store import Store
from bridge.store.quarantine import AT_MOST

REFUSED = [
    (("deliveries", "retry", "dlv_none"), "There is no delivery dlv_none."),
    (("deliveries", "adopt", "dlv_none", "--link", "https://x.slack.com/"), "There is no delivery dlv_none."),
    (("deliveries", "retry"), "Name a delivery, or give --all-dead with --lane."),
    (("deliveries", "retry", "--all-dead"), "Name a delivery, or give --all-dead with --lane."),
    (("deliveries", "list", "--state", "lost"), "--state is one of waiting, ready"),
    (("deliveries", "list", "--older", "soon"), "soon is no span of time"),
    (("lanes", "pause", "bot/nobody"), "There is no lane bot/nobody."),
    (("lanes", "resume", "bot/demo-shop"), "bot/demo-shop is not paused."),
    (("events", "release", "acme-slack", "ts-1"), "No such event is put aside."),
    (("audit", "--since", "2026-11-24T10:00"), "--since: 2026-11-24T10:00 has no zone"),
]


async def test_what_cannot_be_done_is_one_sentence(handrail):
    await handrail.good("migrate")
    for words, sentence in REFUSED:
        assert (await handrail(*words)).one_sentence().startswith(sentence), words


async def test_a_lane_is_paused_looked_at_thinned_out_and_resumed(site, beside):
    await beside.good("lanes", "pause", "bot/shop-bot")
    first, second = await site.escalates("web-1"), await site.escalates("web-2")

    assert "bot/shop-bot                     2 waiting, the oldest for 0 min  PAUSED" in await beside.good(
        "lanes", "list"
    )
    listed = await beside.good("deliveries", "list", "--state", "ready", "--lane", "bot", "--json")
    rows = {row["number"]: row for row in map(json.loads, listed.splitlines())}
    assert rows.keys() == {first["number"], second["number"]}
    dropped, kept = rows[first["number"]]["id"], rows[second["number"]]["id"]
    assert "It is dropped" in await beside.good("deliveries", "drop", dropped)

    assert await beside.good("lanes", "resume", "bot/shop-bot") == "bot/shop-bot goes on.\n"
    await site.bot.taken(1)

    assert list(site.bot.events) == [kept]
    acts = [json.loads(line) for line in (await beside.good("audit", "--json")).splitlines()]
    mine = [(act["action"], act["object"]) for act in acts if act["action"] != "member.invited"]
    assert mine == [
        ("lane.paused", "bot/shop-bot"), ("delivery.dropped", dropped), ("lane.resumed", "bot/shop-bot"),
    ]  # fmt: skip


async def test_an_invitation_and_a_paused_lane_are_in_the_audit(handrail):
    await handrail.good("migrate")
    await handrail.good("console", "invite", "Ben", "--admin")
    assert "is paused" in await handrail.good("lanes", "pause", "bot")
    assert "PAUSED: an operator paused it" in await handrail.good("lanes", "list")
    await handrail.good("bots", "new", "my-bot")

    told = await handrail.good("audit", "--since", "1h")
    assert await handrail.good("audit", "--action", "config") == "Nothing of that kind was done.\n"

    actions = [line.split()[4] for line in told.splitlines()]
    assert actions == ["member.invited", "lane.paused", "bot.keys_made"]
    assert "admin=True" in told
    assert "hr_" not in told


async def test_an_event_that_was_put_aside_is_listed_and_released(handrail):
    await handrail.good("migrate")
    assert await handrail.good("events", "list") == "No event is put aside.\n"
    url, now = f"sqlite://{handrail.folder / 'data' / 'handrail.db'}", datetime.now(UTC)
    key = EventKey("acme-slack", "ts-1")
    store = await Store.open(url, clock=SystemClock())
    await store.start()
    for _ in range(AT_MOST):
        await store.quarantine.failed(key, "PersonWrote", "ValueError at words.py:12", now)
    await store.alarms.begin(about_event(key.scope, key.key), Trouble.EVENT_QUARANTINED, {}, now)
    await store.close()

    assert "acme-slack  ts-1  PersonWrote, 0 min: ValueError at words.py:12" in await handrail.good("events", "list")
    await handrail.good("events", "release", "acme-slack", "ts-1")

    assert await handrail.good("events", "list") == "No event is put aside.\n"
    assert "event.released" in await handrail.good("audit")
    store = await Store.open(url, clock=SystemClock())
    assert await store.alarms.open_ones() == []
    await store.close()
