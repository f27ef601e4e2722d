"""The main story, told in Slack and in Discord through the running daemon: nothing lost, nothing twice."""

from collections import Counter

import pytest

from bridge.domain.deliveries import MarkKind
from tests.journeys.platforms import PLACES
from tests.journeys.site import running_site, until


@pytest.fixture(params=sorted(PLACES))
async def place(request):
    async with PLACES[request.param]() as made:
        yield made


@pytest.fixture
async def site(place, tmp_path, monkeypatch):
    for name, value in place.env.items():
        monkeypatch.setenv(name, value)
    async with running_site(tmp_path, platforms=place.platforms, team=place.team, target=place.target) as made:
        yield made


async def opened(place, count: int = 1):
    await until(lambda: len(place.threads()) >= count, why="the thread is open")
    return place.threads()[count - 1]


async def test_a_user_is_handed_over_answered_and_handed_back(place, site):
    far = place.far_side
    ticket = await site.escalates()
    thread = await opened(place)

    async def reads(text: str):
        await until(lambda: _shown(far, thread, text), why=f"the thread shows {text!r}")

    async def becomes(text: str):
        await until(lambda: _carded(far, thread, text), why=f"the card says {text!r}")

    async def tells(kind: str):
        await until(lambda: kind in site.bot.types, why=f"the bot hears {kind}")

    card = await far.card(thread)
    assert "Refund not received" in card
    assert "Nobody has it." in card
    await reads("where is my refund?")

    # Two want it: one has it, the other is told whose it is.
    await far.click(thread, "Claim", by=far.colleague)
    await becomes("Ben has it")
    await far.command(f"claim {ticket['number']}")
    await until(lambda: any("Ben took" in said for said in far.private_answers(far.member)))

    # Words both ways; what a colleague writes stays inside.
    await site.user_says(ticket["id"], "are you there?", "m2")
    await reads("are you there?")
    written = await far.member_writes(thread, "I am checking", by=far.colleague)
    await until(lambda: site.replies() == ["I am checking"])
    await until(lambda: _marked(far, written, MarkKind.SENT))
    inside = await far.member_writes(thread, "after 30 days: no", by=far.member)

    # Edits and deletions follow, in both directions.
    await far.member_edits(written, "I am checking it now")
    await tells("message.updated")
    await site.call("PATCH", f"/v1/tickets/{ticket['id']}/messages/m2", {"text": "are you still there?"})
    await reads("are you still there?")
    await far.member_deletes(written)
    await tells("message.deleted")

    # A power cut in the middle of it.
    await site.kill()
    await site.start()
    await site.user_says(ticket["id"], "hello again", "m3")
    await reads("hello again")
    await until(place.connected)
    closing = await far.member_writes(thread, "Done, it is on its way.", by=far.colleague)
    await until(lambda: site.replies()[-1:] == ["Done, it is on its way."])
    await until(lambda: _marked(far, closing, MarkKind.SENT))

    # The bot takes over again, and the user comes back.
    await far.click(thread, "Close", by=far.colleague)
    await tells("ticket.closed")
    await becomes("Resolved")
    await site.user_says(ticket["id"], "one more thing", "m4")
    await tells("ticket.reopened")
    await reads("is back")
    await reads("one more thing")

    assert len(place.threads()) == 1
    assert await far.marks(inside) == set()
    assert "after 30 days" not in str([call.body for call in site.bot.calls])
    posted = Counter(text for text in await far.posted(thread))
    assert [text for text, count in posted.items() if count > 1] == []
    seqs = [call.data["seq"] for call in site.bot.events.values()]
    assert seqs == sorted(seqs)


async def test_a_ticket_nobody_takes_is_called_out(place, site):
    far = place.far_side
    await site.escalates()
    await opened(place)
    await until(lambda: far.pinged() == {f"team:{far.team}"}, why="the team is mentioned, and nobody else")


async def _shown(far, thread, text: str) -> bool:
    return any(text in posted for posted in await far.posted(thread))


async def _carded(far, thread, text: str) -> bool:
    return text in await far.card(thread)


async def _marked(far, message, mark: MarkKind) -> bool:
    return mark in await far.marks(message)
