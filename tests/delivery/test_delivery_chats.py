"""Delivery in front of the real adapters and their wire servers, once per platform."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.delivery.dispatcher import Dispatcher
from bridge.domain.change import Change, Entry
from bridge.domain.deliveries import (
    Alert,
    Content,
    Delivery,
    DeliveryState,
    Digest,
    Mark,
    MarkKind,
    PostHistory,
    PostLine,
    RefreshCard,
    Remind,
    RetractWords,
    Strand,
    Urgency,
    Whisper,
)
from bridge.domain.refs import MessageRef, ThreadRef
from bridge.domain.ticket import Ticket
from bridge.domain.views import DeliveryView
from bridge.domain.words import Author, Message, WordsKind
from bridge.metrics import Metrics
from bridge.rulebook import Rules, load
from bridge.store import Store
from tests.adapters.every_chat_platform import EVERY_CHAT_PLATFORM
from tests.adapters.far_side import Shore
from tests.given_time import GivenClock
from tests.samples import THE_BOT, a_message, a_policy, a_reply, a_root, asks, opening, opens, user_says

CONFIG = """
version: 1
platforms:
  acme-slack: {{kind: slack, bot_token: {{env: TOKEN}}, app_token: {{env: TOKEN}}}}
  acme-discord: {{kind: discord, token: {{env: TOKEN}}, guild: "1"}}
members:
  ana: {{{platform}: "{member}"}}
  ben: {{{platform}: "{colleague}"}}
teams:
  support: {{slack_group: "{team}", discord_role: "{team}"}}
  leads: {{members: [ana, ben]}}
routes:
  name: support
  target: {{platform: {platform}, channel: "{channel}"}}
  team: support
"""


@dataclass
class Thread:
    """One ticket's thread on a real platform, and what we have it told."""

    store: Store
    shore: Shore
    clock: GivenClock
    dispatcher: Dispatcher
    metrics: Metrics
    ticket: Ticket

    @property
    def ref(self) -> ThreadRef:
        assert self.ticket.thread is not None
        return self.ticket.thread

    async def settle(self) -> None:
        await self.dispatcher.settle()
        found = await self.store.tickets.get(self.ticket.id)
        assert found is not None
        self.ticket = found

    async def passes(self, seconds: float, step: float = 1.0) -> None:
        """Time goes by in steps; what came due is done."""
        for _ in range(round(seconds / step)):
            self.clock.advance(step)
            await self.settle()

    async def user_says(self, *texts: str) -> None:
        for text in texts:
            await self.store.writer.decide(asks(self.ticket.id, lambda now, text=text: self._here(now.ticket, text)))

    def _here(self, ticket: Ticket, text: str) -> Change:
        change = user_says(ticket, text)
        lane = self.shore.far_side.lane
        return replace(change, deliveries=tuple(replace(each, lane=lane) for each in change.deliveries))

    async def order(
        self, content: Content, strand: Strand = Strand.WORDS, message: Message | None = None, **said: object
    ) -> None:
        ticket = None if isinstance(content, Digest) else self.ticket.id
        delivery = Delivery(
            lane=self.shore.far_side.lane, content=content, strand=strand, urgency=Urgency.WORDS, ticket=ticket
        )
        await self.store.writer.decide(
            asks(
                self.ticket.id,
                lambda now: Change(
                    ticket=now.ticket,
                    code="ordered",
                    deliveries=(replace(delivery, **said),),
                    messages=(message,) if message is not None else (),
                ),
            )
        )

    async def left(self) -> list[DeliveryView]:
        return await self.store.outbox.views([state for state in DeliveryState if state is not DeliveryState.DONE])

    async def shown(self) -> list[str]:
        return await self.shore.far_side.posted(self.ref)


@pytest.fixture(params=sorted(EVERY_CHAT_PLATFORM))
async def thread(
    request: pytest.FixtureRequest, sqlite_store: Store, clock: GivenClock, tmp_path: Path
) -> AsyncIterator[Thread]:
    """A ticket whose root is still to be posted; delivery has not begun."""
    async with EVERY_CHAT_PLATFORM[request.param](clock) as shore:
        far = shore.far_side
        path = tmp_path / "handrail.yaml"
        path.write_text(
            CONFIG.format(
                platform=far.lane.platform,
                channel=far.lane.place,
                member=far.member,
                colleague=far.colleague,
                team=far.team,
            )
        )
        rules = Rules(load(path, {"TOKEN": "xoxb-a-token"}))
        change = opening(policy=a_policy(lane=far.lane))
        change = replace(change, told=(), deliveries=(a_root(change.ticket.id, far.lane),))
        await sqlite_store.writer.decide(opens(change))
        metrics = Metrics()
        chats = {far.lane.platform: shore.platform}
        dispatcher = Dispatcher(sqlite_store, rules, chats, {}, clock, metrics=metrics, jitter=lambda: 0.0)
        thread = Thread(sqlite_store, shore, clock, dispatcher, metrics, change.ticket)
        yield thread
        await thread.dispatcher.stop(0.5)


@pytest.fixture
async def opened(thread: Thread) -> Thread:
    """The same with its root posted."""
    await thread.dispatcher.start()
    await thread.settle()
    assert thread.ticket.thread is not None
    return thread


async def test_words_follow_their_card_in_order(thread: Thread):
    await thread.user_says("first", "second", "third")
    await thread.dispatcher.start()
    await thread.passes(5)

    assert "Refund not received" in await thread.shore.far_side.card(thread.ref)
    shown = await thread.shown()
    assert [text for text in ("first", "second", "third") if any(text in post for post in shown)] == [
        "first", "second", "third",
    ]  # fmt: skip
    assert [post.count(text) for post, text in zip(shown, ("first", "second", "third"), strict=True)] == [1, 1, 1]
    assert await thread.left() == []


async def test_a_root_whose_answer_was_lost_is_found_and_not_posted_twice(thread: Thread):
    thread.shore.far_side.lose_answer_of_next_post()
    await thread.user_says("hello?")
    await thread.dispatcher.start()
    await thread.settle()
    assert thread.ticket.thread is None
    assert [view.state for view in await thread.left()] == ["unknown", "waiting"]

    await thread.passes(30)
    assert len(await thread.shown()) == 1
    assert await thread.left() == []
    assert b"handrail_deliveries_adopted_total" in thread.metrics.exposition()


async def test_words_whose_answer_was_lost_are_found_and_not_posted_twice(opened: Thread):
    opened.shore.far_side.lose_answer_of_next_post()
    await opened.user_says("once", "after it")
    await opened.settle()
    assert len(await opened.left()) == 2

    await opened.passes(30)
    shown = await opened.shown()
    assert [("once" in post, "after it" in post) for post in shown] == [(True, False), (False, True)]
    assert await opened.left() == []


async def test_what_is_surely_not_there_is_sent_again_after_two_looks(opened: Thread):
    opened.shore.far_side.fail_next_post()
    await opened.user_says("really?")
    await opened.settle()
    assert await opened.shown() == []
    await opened.passes(4)
    assert await opened.shown() == []

    await opened.passes(26)
    assert len(await opened.shown()) == 1
    assert await opened.left() == []


async def test_a_crash_in_the_middle_of_a_post_doubles_nothing(thread: Thread):
    """The process dies after the platform took the root and before we wrote it down."""
    lane = thread.shore.far_side.lane
    (taken,) = await thread.store.outbox.take(lane, thread.clock.now(), 1)
    root = await thread.shore.opened_thread(str(taken.id))

    await thread.dispatcher.start()
    await thread.passes(30)
    assert thread.ref == root
    assert await thread.left() == []


async def test_a_rate_limited_channel_waits_and_keeps_its_order(opened: Thread):
    opened.shore.far_side.slow_down_next_post(retry_after=30)
    await opened.user_says("first", "second")
    await opened.settle()
    await opened.passes(28)
    assert await opened.shown() == []

    await opened.passes(10)
    shown = await opened.shown()
    assert ["first" in shown[0], "second" in shown[1]] == [True, True]
    assert b"handrail_platform_ratelimited_total" in opened.metrics.exposition()


async def test_content_that_is_refused_goes_as_bare_text(opened: Thread):
    opened.shore.far_side.refuse_next_content()
    await opened.user_says("a *strange* thing")
    await opened.settle()

    (post,) = await opened.shown()
    assert "strange" in post
    assert await opened.left() == []


async def test_poison_is_given_up_after_a_second_try_and_the_queue_goes_on_with_a_gap(opened: Thread):
    opened.shore.far_side.refuse_next_content()
    opened.shore.far_side.refuse_next_content()
    await opened.user_says("poison", "fine")
    await opened.passes(5)

    shown = await opened.shown()
    assert not any("poison" in post for post in shown)
    assert any("fine" in post for post in shown)
    assert any("missing" in post for post in shown)


async def test_a_revoked_token_costs_one_call_and_pauses_the_platform(opened: Thread):
    opened.shore.far_side.revoke_token()
    before = opened.shore.far_side.calls()
    await opened.user_says("into the void")
    await opened.settle()
    await opened.user_says("and more")
    await opened.settle()

    assert opened.shore.far_side.calls() - before <= 2
    assert list(await opened.store.outages.open()) == [opened.shore.platform.name]
    assert len(await opened.left()) == 2


async def test_a_long_text_is_split_and_every_part_is_shown_once(opened: Thread):
    text = " ".join(f"word{number}" for number in range(1500))
    await opened.user_says(text, "after it")
    await opened.passes(20)

    shown = await opened.shown()
    assert len(shown) > 2
    assert "after it" in shown[-1]
    said = " ".join(shown)
    assert all(f"word{number}" in said for number in range(1500))
    assert await opened.left() == []


async def test_a_part_whose_answer_was_lost_is_looked_up_alone(opened: Thread):
    opened.shore.far_side.lose_answer_of_next_post()
    text = " ".join(f"word{number}" for number in range(1500))
    await opened.user_says(text)
    await opened.passes(40)

    shown = await opened.shown()
    assert sum(post.count("word0 ") for post in shown) == 1
    assert "word1499" in shown[-1]
    assert await opened.left() == []


async def test_a_mark_stands_on_the_members_own_message(opened: Thread):
    written = await opened.shore.far_side.member_writes(opened.ref, "On its way.")
    message = a_reply(opened.ticket.id, origin=written)
    await opened.order(Mark(message.id, MarkKind.SENT), Strand.MARKS, message)
    await opened.settle()

    assert await opened.shore.far_side.marks(written) == {MarkKind.SENT}


async def test_a_retracted_message_disappears(opened: Thread):
    message = a_message(opened.ticket.id, "never mind")
    await opened.order(PostLine("user_back"), message=message)
    await opened.user_says("never mind")
    await opened.passes(3)
    found = next(each for each in await opened.store.messages.of(opened.ticket.id) if each.id != message.id)
    await opened.order(RetractWords(found.id))
    await opened.passes(3)

    assert not any("never mind" in post for post in await opened.shown())


async def test_the_turns_before_the_handoff_are_shown(opened: Thread):
    turn = a_message(
        opened.ticket.id, "I cannot see the payment.", kind=WordsKind.HISTORY, author=Author.BOT, author_name="shop-bot"
    )
    await opened.order(PostHistory(), message=turn)
    await opened.settle()

    (post,) = await opened.shown()
    assert "I cannot see the payment." in post


async def test_a_reminder_rings_the_team_and_nobody_else(opened: Thread):
    await opened.order(Remind("mention", "team", mention=True), Strand.MARKS)
    await opened.settle()

    assert opened.shore.far_side.pinged() == {f"team:{opened.shore.far_side.team}"}


async def test_a_quiet_reminder_rings_nobody(opened: Thread):
    await opened.order(Remind("notify", "team", mention=False), Strand.MARKS)
    await opened.settle()

    assert len(await opened.shown()) == 1
    assert opened.shore.far_side.pinged() == set()


async def test_an_alert_goes_to_every_listed_member_of_the_team(opened: Thread):
    await opened.order(Alert("leads"), Strand.MARKS)
    await opened.settle()

    for person in (opened.shore.far_side.member, opened.shore.far_side.colleague):
        (said,) = opened.shore.far_side.direct_messages(person)
        assert "needs somebody" in said


async def test_an_alert_for_a_team_without_a_list_mentions_its_group_in_the_thread(opened: Thread):
    await opened.order(Alert("support"), Strand.MARKS)
    await opened.settle()

    assert opened.shore.far_side.pinged() == {f"team:{opened.shore.far_side.team}"}
    assert len(await opened.shown()) == 1


async def test_a_question_reaches_its_person_wherever_the_platform_can_put_it(opened: Thread):
    written = await opened.shore.far_side.member_writes(opened.ref, "Ben, what do you think?")
    message = a_reply(opened.ticket.id, "Ben, what do you think?", origin=written)
    whisper = Whisper(opened.shore.member, "held", (("why", "mention"),), message.id)
    await opened.order(whisper, Strand.MARKS, message)
    await opened.settle()

    asked = opened.shore.far_side.private_answers(opened.shore.far_side.member) or await opened.shown()
    assert len(asked) == 1
    visible = await opened.store.messages.shown(message.id, opened.shore.far_side.lane)
    assert len(visible) == len(await opened.shown())


async def test_the_queue_is_posted_anew_when_a_step_is_crossed_and_edited_between(opened: Thread):
    lane = opened.shore.far_side.lane
    await opened.order(Digest(crossing=True), Strand.MARKS)
    await opened.passes(1)
    first = await opened.store.lanes.digest(lane)
    await opened.order(Digest(crossing=False), Strand.MARKS)
    await opened.passes(1)
    assert await opened.store.lanes.digest(lane) == first

    await opened.order(Digest(crossing=True), Strand.MARKS)
    await opened.passes(3)
    second = await opened.store.lanes.digest(lane)
    assert isinstance(first, MessageRef)
    assert isinstance(second, MessageRef)
    assert second != first
    assert await opened.left() == []


async def test_the_card_is_brought_up_to_date(opened: Thread):
    def claimed(now):
        ticket = replace(now.ticket, snoozed_until=now.ticket.created_at + timedelta(hours=2), snoozed_by="Ana", seq=2)
        entry = Entry(seq=2, kind="ticket.snoozed", actor=THE_BOT, at=now.ticket.created_at)
        return Change(ticket=ticket, code="snoozed", entries=(entry,))

    await opened.store.writer.decide(asks(opened.ticket.id, claimed))
    await opened.order(RefreshCard(), Strand.CARD, coalesce="card")
    await opened.passes(1)

    assert "Ana" in await opened.shore.far_side.card(opened.ref)
