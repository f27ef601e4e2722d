"""Words in threads, in front of the real adapters and their wire servers, once per platform."""

from bridge.domain.deliveries import CloseThread, Mark, MarkKind, PostHistory, PostLine, RetractWords, Strand
from bridge.domain.words import Author, WordsKind
from tests.delivery.threads import Thread
from tests.samples import a_message, a_reply


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
    await opened.passes(14)
    assert await opened.shown() == []

    await opened.passes(16)
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


async def test_a_platform_that_refuses_us_is_asked_ever_more_rarely(opened: Thread):
    opened.shore.far_side.revoke_token()
    await opened.user_says("into the void")
    await opened.settle()
    before = opened.shore.far_side.calls()
    await opened.passes(3600, step=30)

    assert opened.shore.far_side.calls() - before < 10
    assert len(await opened.left()) == 1


async def test_a_platform_that_is_well_again_goes_on_and_says_how_long_it_was_away(opened: Thread):
    """Somebody else's outage, left over from before a restart: the first look at a healthy platform ends it."""
    await opened.dispatcher.stop()
    name = opened.shore.platform.name
    since = opened.clock.now()
    await opened.store.lanes.pause(name, "it refused us")
    await opened.store.outages.begin(name, since)
    await opened.user_says("still here?")
    opened.clock.advance(600)

    await opened.restart()
    await opened.passes(30)
    assert len(await opened.shown()) == 1
    assert [(back[0], back[1]) for back in opened.backs] == [(name, since)]
    assert await opened.store.outages.open() == {}


async def test_a_platform_whose_pause_was_written_down_just_before_we_died_goes_on(opened: Thread):
    await opened.dispatcher.stop()
    await opened.store.lanes.pause(opened.shore.platform.name, "it refused us")
    await opened.user_says("still here?")

    await opened.restart()
    await opened.passes(30)
    assert len(await opened.shown()) == 1


async def test_a_thread_is_not_closed_over_a_ticket_that_came_back(opened: Thread):
    before = opened.shore.far_side.calls()
    await opened.order(CloseThread())
    await opened.settle()
    assert opened.shore.far_side.calls() == before
    assert await opened.left() == []
