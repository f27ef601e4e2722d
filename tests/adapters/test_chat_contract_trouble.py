"""What every chat platform must say when it does not go well."""

from datetime import timedelta

import pytest

from bridge.domain.deliveries import (
    Delivery,
    OpenThread,
    PostWords,
    RefreshCard,
    Strand,
    Urgency,
)
from bridge.domain.errors import (
    ContentRejected,
    DestinationGone,
    OutcomeUnknown,
    PlatformDown,
    RateLimited,
    TryLater,
)
from bridge.domain.refs import MessageId, MessageRef, ThreadRef
from tests.adapters.far_side import Shore, card, speech


async def test_posting_into_a_deleted_thread_says_so(shore: Shore):
    thread = await shore.opened_thread()
    await shore.far_side.delete(thread)

    with pytest.raises(DestinationGone):
        await shore.platform.post(thread, speech("hello?"), key="k1")


async def test_refreshing_a_deleted_card_says_so(shore: Shore):
    thread = await shore.opened_thread()
    await shore.far_side.delete(thread)

    with pytest.raises(DestinationGone):
        await shore.platform.refresh_card(thread, card())


async def test_posting_into_a_lost_channel_says_so(shore: Shore):
    thread = await shore.opened_thread()
    await shore.far_side.lose_channel()

    with pytest.raises(DestinationGone):
        await shore.platform.post(thread, speech("hello?"), key="k1")
    with pytest.raises(DestinationGone):
        await shore.opened_thread("dlv_2")


async def test_a_rate_limit_names_its_wait_and_is_not_slept_through(shore: Shore):
    thread = await shore.opened_thread()
    shore.far_side.slow_down_next_post(retry_after=30)
    before = shore.far_side.calls()

    with pytest.raises(RateLimited) as slow:
        await shore.platform.post(thread, speech("hello"), key="k1")

    assert slow.value.retry_after == timedelta(seconds=30)
    assert shore.far_side.calls() == before + 1
    assert await shore.far_side.posted(thread) == []


async def test_a_lost_answer_is_unknown_and_the_post_is_found_by_its_key(shore: Shore):
    thread = await shore.opened_thread()
    shore.far_side.lose_answer_of_next_post()
    began = shore.clock.now()

    with pytest.raises(OutcomeUnknown):
        await shore.platform.post(thread, speech("hello"), key="k1")

    assert len(await shore.far_side.posted(thread)) == 1
    found = await shore.platform.find(thread, key="k1", since=began)
    assert isinstance(found, MessageRef)
    await shore.platform.edit(found, speech("hello again"))
    assert len(await shore.far_side.posted(thread)) == 1


async def test_a_lost_root_is_found_by_its_key(shore: Shore):
    shore.far_side.lose_answer_of_next_post()
    began = shore.clock.now()

    with pytest.raises(OutcomeUnknown):
        await shore.opened_thread("dlv_lost")

    found = await shore.platform.find(shore.far_side.lane, key="dlv_lost", since=began)
    assert isinstance(found, ThreadRef)
    await shore.platform.post(found, speech("hello"), key="k1")
    assert len(await shore.far_side.posted(found)) == 1


async def test_what_was_never_posted_is_not_found(shore: Shore):
    thread = await shore.opened_thread()
    await shore.platform.post(thread, speech("another"), key="k1")

    assert await shore.platform.find(thread, key="k2", since=shore.clock.now()) is None
    assert await shore.platform.find(shore.far_side.lane, key="dlv_2", since=shore.clock.now()) is None


async def test_a_server_error_is_an_unknown_outcome_not_a_failure(shore: Shore):
    thread = await shore.opened_thread()
    shore.far_side.fail_next_post()

    with pytest.raises(OutcomeUnknown):
        await shore.platform.post(thread, speech("hello"), key="k1")


async def test_refused_content_is_said_to_be_so(shore: Shore):
    thread = await shore.opened_thread()
    shore.far_side.refuse_next_content()

    with pytest.raises(ContentRejected):
        await shore.platform.post(thread, speech("hello"), key="k1")


async def test_a_revoked_token_is_a_platform_that_is_down(shore: Shore):
    thread = await shore.opened_thread()
    shore.far_side.revoke_token()

    with pytest.raises(PlatformDown):
        await shore.platform.post(thread, speech("hello"), key="k1")


async def test_no_refusal_is_taken_for_one_that_may_be_tried_again_at_once(shore: Shore):
    thread = await shore.opened_thread()
    await shore.far_side.lose_channel()

    with pytest.raises(DestinationGone) as gone:
        await shore.platform.post(thread, speech("hello"), key="k1")
    assert not isinstance(gone.value, TryLater)
    assert gone.value.reason


async def test_what_a_delivery_spends_is_told_without_asking_anybody(shore: Shore):
    before = shore.far_side.calls()
    lane = shore.far_side.lane

    for content, strand in (
        (OpenThread(), Strand.ROOT),
        (PostWords(message=MessageId("msg_1")), Strand.WORDS),
        (RefreshCard(), Strand.CARD),
    ):
        budgets = shore.platform.budgets(Delivery(lane=lane, content=content, strand=strand, urgency=Urgency.WORDS))
        assert budgets
        assert all(budget.limit > 0 and budget.per > timedelta() for budget in budgets)
    assert shore.far_side.calls() == before
