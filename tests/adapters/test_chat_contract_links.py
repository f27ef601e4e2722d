"""A link a person copied, read back: what every chat platform makes of it."""

import pytest

from bridge.domain.refs import Lane, ThreadRef
from tests.adapters.far_side import Shore, speech


async def test_the_copied_link_of_a_card_names_its_thread(shore: Shore):
    thread = await shore.opened_thread()

    assert shore.platform.thread_of(shore.far_side.copied_link(thread), thread.lane) == thread


async def test_the_copied_link_of_a_message_names_it_in_its_thread_only(shore: Shore):
    thread = await shore.opened_thread()
    other = await shore.opened_thread("dlv_other")
    message = await shore.platform.post(thread, speech("hello"), key="dlv_1")
    link = shore.far_side.copied_link(message)

    assert shore.platform.message_of(f" {link}\n", thread) == message
    assert shore.platform.message_of(link, other) is None
    assert shore.platform.message_of(link, thread.lane) is None
    assert shore.platform.thread_of(link, thread.lane) is None
    assert shore.platform.message_of(shore.far_side.copied_link(thread), thread) is None


async def test_the_copied_link_of_a_post_in_the_channel_names_it(shore: Shore):
    posted = await shore.platform.post(shore.far_side.lane, speech("hello"), key="dlv_1")

    assert shore.platform.message_of(shore.far_side.copied_link(posted), shore.far_side.lane) == posted


async def test_a_link_into_another_channel_or_to_another_site_names_nothing(shore: Shore):
    thread = await shore.opened_thread()
    link = shore.far_side.copied_link(thread)
    elsewhere = Lane(thread.lane.platform, "999999999")
    host = link.split("/")[2]

    assert shore.platform.thread_of(link, elsewhere) is None
    assert shore.platform.message_of(link, elsewhere) is None
    for wrong in (link.replace(host, "evil.example"), link.replace(host, f"evil.example/{host}"),
                  link.replace("https", "http")):  # fmt: skip
        assert shore.platform.thread_of(wrong, thread.lane) is None


@pytest.mark.parametrize(
    "link", ["", "hello", "https://", "https://[", "https://a.slack.com/archives/", "javascript:1", "\0"]
)
async def test_what_is_no_link_names_nothing(shore: Shore, link: str):
    place = ThreadRef(shore.far_side.lane, "1")

    assert shore.platform.thread_of(link, shore.far_side.lane) is None
    assert shore.platform.message_of(link, place) is None
    assert shore.platform.message_of(link, shore.far_side.lane) is None
