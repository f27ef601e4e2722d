"""What Discord alone asks of us when we send."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from adapters.chat.discord import build
from bridge.domain.deliveries import Alert, CloseThread, Delivery, Digest, Mark, MarkKind, PostWords, Strand, Urgency
from bridge.domain.errors import (
    AccessMissing,
    ContentRejected,
    DestinationGone,
    OutcomeUnknown,
    RateLimited,
    Scope,
    TryLater,
    Undeliverable,
)
from bridge.domain.refs import Lane, MessageId, MessageRef, ThreadRef, TicketId
from tests.adapters.discord_shore import NAME, discord_shore, options_for
from tests.adapters.far_side import Shore, speech
from tests.wire.discord import DiscordServer


@pytest.fixture
async def shore(clock):
    async with discord_shore(clock) as shore:
        yield shore


@pytest.fixture
def discord(shore) -> DiscordServer:
    return shore.far_side.server


async def test_a_root_sent_twice_is_one_card_and_one_thread(shore: Shore, discord):
    first = await shore.opened_thread("dlv_1")
    second = await shore.opened_thread("dlv_1")

    assert first == second
    assert len(discord.world.in_channel(shore.far_side.channel.id)) == 1
    assert len(discord.world.active_threads()) == 1
    assert first.root == str(discord.world.active_threads()[0].id)


async def test_words_sent_twice_stand_there_once_even_right_after_a_lost_answer(shore: Shore, discord):
    thread = await shore.opened_thread()
    discord.faults.lose_answer("create_message", status=504)

    with pytest.raises(OutcomeUnknown):
        await shore.platform.post(thread, speech("hello"), key="k1")
    again = await shore.platform.post(thread, speech("hello"), key="k1")

    assert len(await shore.far_side.posted(thread)) == 1
    assert discord.world.posts[int(again.message)].content.startswith("**Mara** (user)\nhello")


async def test_words_are_found_by_their_marker_when_discord_has_forgotten_the_nonce(shore: Shore, discord, clock):
    thread = await shore.opened_thread()
    began = clock.now()
    message = await shore.platform.post(thread, speech("hello"), key="k1")
    for n in range(130):
        await discord.member_writes(shore.far_side.ana, int(thread.root), f"line {n}")
    clock.advance(minutes=30)

    assert await shore.platform.find(thread, key="k1", since=began) == message


async def test_a_marker_that_a_member_copied_is_not_taken_for_ours(shore: Shore, discord, clock):
    thread = await shore.opened_thread()
    message = await shore.platform.post(thread, speech("hello"), key="k1")
    copied = discord.world.posts[int(message.message)].content
    await shore.platform.retract(message)
    await discord.member_writes(shore.far_side.ana, int(thread.root), copied)

    assert await shore.platform.find(thread, key="k1", since=clock.now()) is None


async def test_a_card_whose_thread_could_not_be_made_yet_is_finished_by_a_look(shore: Shore, discord, clock):
    discord.answer_next("start_thread", status=400, code=160006)
    began = clock.now()

    with pytest.raises(OutcomeUnknown):
        await shore.opened_thread("dlv_1")
    clock.advance(minutes=10)
    found = await shore.platform.find(shore.far_side.lane, key="dlv_1", since=began)

    assert isinstance(found, ThreadRef)
    assert discord.world.channels[int(found.root)].name == "#1042 Refund not received"
    assert len(discord.world.in_channel(shore.far_side.channel.id)) == 1


async def test_a_thread_begun_by_the_lost_call_counts(shore: Shore, discord):
    discord.faults.lose_answer("start_thread")
    with pytest.raises(OutcomeUnknown):
        await shore.opened_thread("dlv_1")

    thread = await shore.opened_thread("dlv_1")

    assert [str(one.id) for one in discord.world.active_threads()] == [thread.root]


async def test_a_channel_where_no_thread_may_be_made_keeps_no_orphaned_card(shore: Shore, discord):
    shore.far_side.channel.denied.add("CREATE_PUBLIC_THREADS")

    with pytest.raises(AccessMissing) as missing:
        await shore.opened_thread()

    assert "permission" in missing.value.reason
    assert discord.world.in_channel(shore.far_side.channel.id) == []


async def test_words_that_a_person_deleted_are_not_said_again(shore: Shore, discord):
    thread = await shore.opened_thread()
    message = await shore.platform.post(thread, speech("hello"), key="k1")
    await shore.far_side.member_deletes(message)

    with pytest.raises(Undeliverable) as gone:
        await shore.platform.post(thread, speech("hello"), key="k1")
    assert not isinstance(gone.value, DestinationGone)


async def test_an_archived_thread_is_woken_for_a_mark_and_laid_back(shore: Shore, discord):
    thread = await shore.opened_thread()
    message = await shore.far_side.member_writes(thread, "hello")
    await shore.platform.close_thread(thread)
    assert discord.world.channels[int(thread.root)].archived

    await shore.platform.mark(message, MarkKind.SENT)

    assert await shore.far_side.marks(message) == {MarkKind.SENT}
    assert discord.world.channels[int(thread.root)].archived


async def test_an_archived_thread_is_woken_by_words(shore: Shore, discord):
    thread = await shore.opened_thread()
    await shore.platform.close_thread(thread)
    await shore.platform.close_thread(thread)

    await shore.platform.post(thread, speech("and the refund?"), key="k1")

    assert not discord.world.channels[int(thread.root)].archived


async def test_our_words_in_an_archived_thread_can_still_be_changed(shore: Shore, discord):
    thread = await shore.opened_thread()
    message = await shore.platform.post(thread, speech("order 4411"), key="k1")
    await shore.platform.close_thread(thread)

    await shore.platform.edit(message, speech("order 4412"))

    assert "4412" in discord.world.posts[int(message.message)].content


async def test_a_locked_thread_names_the_missing_permission(shore: Shore, discord):
    thread = await shore.opened_thread()
    await discord.thread_archived(discord.world.channels[int(thread.root)], locked=True)

    with pytest.raises(AccessMissing) as missing:
        await shore.platform.post(thread, speech("hello"), key="k1")
    assert "Manage Threads" in missing.value.reason


async def test_a_channel_the_bot_cannot_see_any_more_names_the_missing_permission(shore: Shore):
    thread = await shore.opened_thread()
    shore.far_side.channel.hidden = True

    with pytest.raises(AccessMissing) as missing:
        await shore.platform.post(thread, speech("hello"), key="k1")
    assert "View Channel" in missing.value.reason


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_server_error_is_asked_once_and_left_to_the_outbox(shore: Shore, discord, status):
    thread = await shore.opened_thread()
    before = len(discord.asked)
    discord.answer_next("create_message", status=status)

    with pytest.raises(OutcomeUnknown):
        await shore.platform.post(thread, speech("hello"), key="k1")
    assert len(discord.asked) == before + 1


@pytest.mark.parametrize(("told", "kept"), [(10**9, 900), ("soon", 30), (-1, 30), (0, 0.25), (2.5, 2.5)])
async def test_a_wait_that_makes_no_sense_is_bounded(shore: Shore, discord, told, kept):
    thread = await shore.opened_thread()
    discord.answer_next("create_message", status=429, retry_after=told)

    with pytest.raises(RateLimited) as slow:
        await shore.platform.post(thread, speech("hello"), key="k1")
    assert slow.value.retry_after == timedelta(seconds=kept)
    assert slow.value.scope is Scope.LANE


async def test_a_global_limit_and_one_of_the_edge_hold_the_whole_platform(shore: Shore, discord):
    thread = await shore.opened_thread()
    for how in ({"is_global": True}, {"edge": True}):
        discord.answer_next("create_message", status=429, retry_after=7, **how)
        with pytest.raises(RateLimited) as slow:
            await shore.platform.post(thread, speech("hello"), key="k1")
        assert slow.value.scope is Scope.PLATFORM
        assert slow.value.retry_after == timedelta(seconds=7)


async def test_a_refused_connection_is_known_not_to_have_happened(shore: Shore, discord):
    thread = await shore.opened_thread()
    await discord.stop()

    with pytest.raises(TryLater):
        await shore.platform.post(thread, speech("hello"), key="k1")


async def test_an_answer_that_makes_no_sense_is_an_unknown_outcome(shore: Shore, discord):
    thread = await shore.opened_thread()
    discord.answer_next("create_message", status=200, body="<html>")

    with pytest.raises(OutcomeUnknown):
        await shore.platform.post(thread, speech("hello"), key="k1")


async def test_before_the_sign_in_nothing_is_sent(clock):
    platform = build(NAME, options_for(DiscordServer(clock)), clock)

    with pytest.raises(TryLater):
        await platform.post(Lane(NAME, "1"), speech("hello"), key="k1")


async def test_many_words_at_once_earn_no_refusal(shore: Shore, discord):
    thread = await shore.opened_thread()

    for n in range(23):
        await shore.platform.post(thread, speech(f"line {n}"), key=f"k{n}")

    assert discord.pace.earned == 0
    assert len(await shore.far_side.posted(thread)) == 23


async def test_two_servers_in_one_process_do_not_cross(clock):
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(discord_shore(clock))
        other = await stack.enter_async_context(discord_shore(clock))

        await asyncio.gather(one.opened_thread("dlv_1"), other.opened_thread("dlv_2"))
        await one.far_side.click(await one.opened_thread("dlv_1"), "Claim")

        assert len(one.far_side.server.world.active_threads()) == 1
        assert len(other.far_side.server.world.active_threads()) == 1
        assert len(one.heard.events) == 1
        assert other.heard.events == []


async def test_a_person_who_takes_no_direct_messages_is_told_apart_from_a_broken_channel(shore: Shore):
    shore.far_side.ana.takes_dms = False

    with pytest.raises(AccessMissing):
        await shore.platform.direct(shore.far_side.member, speech("#1042 waits."), key="d1")


async def test_a_thread_has_an_address_that_opens_it(shore: Shore, discord):
    thread = await shore.opened_thread()

    assert shore.platform.permalink(thread) == f"https://discord.com/channels/{discord.world.guild}/{thread.root}"


async def test_closing_or_unsaying_what_is_gone_is_success(shore: Shore):
    thread = await shore.opened_thread()
    message = MessageRef(thread.lane, thread.root, "1")
    await shore.far_side.delete(thread)

    await shore.platform.close_thread(thread)
    await shore.platform.retract(message)
    with pytest.raises(DestinationGone):
        await shore.platform.mark(message, MarkKind.SENT)


async def test_words_longer_than_a_message_are_refused_not_cut(shore: Shore):
    thread = await shore.opened_thread()

    with pytest.raises(ContentRejected):
        await shore.platform.post(thread, speech("x" * 3000), key="k1")


def test_two_tickets_of_a_channel_do_not_spend_each_others_pace(shore: Shore):
    def names(content, ticket):
        delivery = Delivery(
            lane=shore.far_side.lane, content=content, strand=Strand.WORDS, urgency=Urgency.WORDS, ticket=ticket
        )
        return {budget.name for budget in shore.platform.budgets(delivery)}

    message = MessageId("msg_1")
    words = PostWords(message=message)
    shared = names(words, TicketId("tkt_1")) & names(words, TicketId("tkt_2"))
    assert shared == {f"{NAME}/all"}
    for content in (Digest(crossing=True), CloseThread(), Mark(message, MarkKind.SENT), Alert(team="leads")):
        assert f"{NAME}/all" in names(content, TicketId("tkt_1"))
