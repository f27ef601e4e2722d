"""The main story, told in Slack and in Discord through the running daemon: nothing lost, nothing twice."""

from collections import Counter

import pytest

from bridge.domain.deliveries import MarkKind
from bridge.domain.refs import MessageRef, ThreadRef
from tests.journeys.platforms import PLACES, Place
from tests.journeys.site import Site, running_site, until


@pytest.fixture(params=sorted(PLACES))
async def place(request):
    async with PLACES[request.param]() as made:
        yield made


@pytest.fixture
async def site(place, tmp_path, monkeypatch):
    for name, value in place.env.items():
        monkeypatch.setenv(name, value)
    async with running_site(tmp_path, platforms=place.platforms, team=place.team, target=place.target) as made:
        await until(place.connected, why="the platform is connected")
        yield made


class Story:
    """One ticket, seen from its thread and from its bot."""

    def __init__(self, place: Place, site: Site) -> None:
        self.far, self.place, self.site = place.far_side, place, site
        self.number = 0
        self.ticket = ""
        self.thread: ThreadRef

    async def begins(self) -> None:
        ticket = await self.site.escalates()
        self.ticket, self.number = ticket["id"], ticket["number"]
        [self.thread] = await until(self.place.threads, why="the thread is open")

    async def reads(self, text: str) -> None:
        async def shown() -> bool:
            return any(text in posted for posted in await self.far.posted(self.thread))

        await until(shown, why=f"the thread shows {text!r}")

    async def card_says(self, text: str) -> None:
        async def said() -> bool:
            return text in await self.far.card(self.thread)

        await until(said, why=f"the card says {text!r}")

    async def bot_hears(self, kind: str) -> None:
        await until(lambda: kind in self.site.bot.types, why=f"the bot hears {kind}")

    async def is_sent(self, message: MessageRef, text: str) -> None:
        await until(lambda: self.site.replies()[-1:] == [text], why=f"the user reads {text!r}")
        await self.is_marked(message, MarkKind.SENT)

    async def is_marked(self, message: MessageRef, mark: MarkKind) -> None:
        async def marked() -> bool:
            return await self.far.marks(message) == {mark}

        await until(marked, why=f"the message is marked as {mark}, and nothing else")


async def test_a_user_is_handed_over_answered_and_handed_back(place, site):
    story = Story(place, site)
    await story.begins()
    await two_want_it_and_one_has_it(story)
    inside = await they_talk_both_ways(story)
    await the_power_is_cut(story)
    await the_bot_takes_over_and_the_user_returns(story)

    assert len(place.threads()) == 1
    assert await story.far.marks(inside) == set()
    assert "after 30 days" not in str([call.body for call in site.bot.calls])
    posted = Counter(await story.far.posted(story.thread))
    assert [text for text, count in posted.items() if count > 1] == []
    seqs = [call.data["seq"] for call in site.bot.events.values()]
    assert seqs == sorted(seqs)


async def two_want_it_and_one_has_it(story: Story) -> None:
    far = story.far
    await story.card_says("Refund not received")
    await story.card_says("Nobody has it.")
    await story.reads("where is my refund?")
    await far.click(story.thread, "Claim", by=far.colleague)
    await story.card_says("Ben has it")
    await far.command(f"claim {story.number}")
    await until(lambda: any("Ben took" in said for said in far.private_answers(far.member)), why="Ana hears who has it")


async def they_talk_both_ways(story: Story) -> MessageRef:
    far = story.far
    await story.site.user_says(story.ticket, "are you there?", "m2")
    await story.reads("are you there?")
    written = await far.member_writes(story.thread, "I am checking", by=far.colleague)
    await story.is_sent(written, "I am checking")
    inside = await far.member_writes(story.thread, "after 30 days: no", by=far.member)
    await far.member_edits(written, "I am checking it now")
    await story.bot_hears("message.updated")
    await story.site.call("PATCH", f"/v1/tickets/{story.ticket}/messages/m2", {"text": "are you still there?"})
    await story.reads("are you still there?")
    await far.member_deletes(written)
    await story.bot_hears("message.deleted")
    return inside


async def the_power_is_cut(story: Story) -> None:
    await story.site.kill()
    await story.site.start()
    await story.site.user_says(story.ticket, "hello again", "m3")
    await story.reads("hello again")
    await until(story.place.connected, why="the platform is connected again")
    written = await story.far.member_writes(story.thread, "note: it was the power", by=story.far.colleague)
    # A colleague spoke a moment ago, so these words wait for a second look of their writer.
    closing = await story.far.member_writes(story.thread, "Done, it is on its way.", by=story.far.colleague)
    await story.is_marked(closing, MarkKind.HELD)
    await story.place.answers_question(story.thread, "Send to Mara", story.far.colleague)
    await story.is_sent(closing, "Done, it is on its way.")
    assert await story.far.marks(written) == set()


async def the_bot_takes_over_and_the_user_returns(story: Story) -> None:
    await story.far.click(story.thread, "Close", by=story.far.colleague)
    await story.bot_hears("ticket.closed")
    await story.card_says("Resolved")
    await story.site.user_says(story.ticket, "one more thing", "m4")
    await story.bot_hears("ticket.reopened")
    await story.reads("is back")
    await story.reads("one more thing")


async def test_a_ticket_nobody_takes_is_called_out(place, site):
    story = Story(place, site)
    await story.begins()
    mentioned = {f"team:{story.far.team}"}
    await until(lambda: story.far.pinged() == mentioned, why="the team is mentioned, and nobody else")
