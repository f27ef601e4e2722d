"""Files in Slack, both ways: with the words, in the thread, once, and only to and from Slack's own hosts."""

from collections.abc import AsyncIterator

import pytest

from adapters.chat.slack.platform.files import FILES_HOST
from adapters.chat.slack.render.files import marked_name
from bridge.domain.errors import AccessMissing, ContentRejected, DestinationGone, OutcomeUnknown, TryLater
from bridge.domain.events import PersonWrote
from bridge.domain.files import of_platform
from bridge.domain.paint import Enclosed
from bridge.domain.refs import MessageRef
from bridge.ports.chat import KeepsFiles
from tests.adapters.far_side import Shore, speech
from tests.adapters.slack_shore import CHANNEL, NAME, slack_shore
from tests.wire.slack import blocks as block_kit

RECEIPT = b"%PDF-1.7 paid"


@pytest.fixture
async def shore(clock) -> AsyncIterator[Shore]:
    async with slack_shore(clock) as made:
        yield made


def enclosed(body: bytes = RECEIPT, name: str = "receipt.pdf", *, size: int | None = None) -> Enclosed:
    async def pieces() -> AsyncIterator[bytes]:
        yield body[:5]
        yield body[5:]

    return Enclosed(name=name, content_type="application/pdf", size=len(body) if size is None else size, pieces=pieces)


async def post(shore: Shore, *files: Enclosed, text: str = "my *receipt*", key: str = "dlv_1") -> MessageRef:
    thread = await shore.opened_thread()
    return await shore.platform.post(thread, speech(text, files=files or (enclosed(),)), key=key)


def bodies(shore: Shore) -> list[bytes | None]:
    return [file.content for file in shore.far_side.server.methods.files.files.values()]


async def test_a_users_files_stand_in_the_thread_with_their_words_and_name_in_one_message(shore):
    posted = await post(shore, enclosed(), enclosed(b"picture", "photo.png"))

    [message] = shore.far_side.channel.replies(posted.thread)
    assert posted.message == message["ts"]
    assert message["username"] == "Mara (user)"
    assert block_kit.shown(message["blocks"]) == "my receipt"
    assert [file["title"] for file in message["files"]] == ["receipt.pdf", "photo.png"]
    assert bodies(shore) == [RECEIPT, b"picture"]


async def test_a_file_post_whose_answer_was_lost_is_found_again_by_its_name(shore):
    shore.far_side.server.carry_out_then_cut("files.completeUploadExternal")
    thread = await shore.opened_thread()
    began = shore.clock.now()

    with pytest.raises(OutcomeUnknown):
        await shore.platform.post(thread, speech("look", files=(enclosed(),)), key="dlv_9/1")
    found = await shore.platform.find(thread, key="dlv_9/1", since=began)

    [message] = shore.far_side.channel.replies(thread.root)
    assert found == MessageRef(thread.lane, thread.root, message["ts"])
    assert await shore.platform.find(thread, key="dlv_9/2", since=began) is None


async def test_a_post_that_slack_does_not_show_yet_is_in_doubt_and_not_lost(shore):
    for _ in range(3):
        shore.far_side.server.answer_next("files.info", error="file_not_found")

    with pytest.raises(OutcomeUnknown):
        await post(shore)
    assert len(bodies(shore)) == 1


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
@pytest.mark.parametrize("error", ["file_type_not_allowed", "file_uploads_disabled", "missing_scope"])
async def test_files_that_slack_does_not_take_are_rejected_and_the_channel_is_not_blamed(shore, method, error):
    shore.far_side.server.answer_next(method, error=error)

    with pytest.raises(ContentRejected):
        await post(shore)


async def test_an_archived_channel_is_gone_for_files_too(shore):
    shore.far_side.server.answer_next("files.completeUploadExternal", error="channel_not_found")

    with pytest.raises(DestinationGone):
        await post(shore)


async def test_an_upload_that_breaks_off_has_not_happened(shore):
    shore.far_side.server.answer_next("files.getUploadURLExternal", status=503, body="<html>upstream</html>")

    with pytest.raises(TryLater):
        await post(shore)


async def test_a_file_that_cannot_be_read_here_says_why_itself(shore):
    async def gone() -> AsyncIterator[bytes]:
        raise ContentRejected("not kept any more")
        yield b""

    with pytest.raises(ContentRejected, match="not kept any more"):
        await post(shore, Enclosed(name="a.pdf", content_type="application/pdf", size=5, pieces=gone))


async def test_what_is_retracted_takes_its_files_away_from_the_workspace(shore):
    posted = await post(shore)

    await shore.platform.retract(posted, files=True)

    assert shore.far_side.channel.replies(posted.thread) == []
    assert bodies(shore) == [None]
    await shore.platform.retract(posted, files=True)


async def test_words_above_a_file_can_be_edited(shore):
    posted = await post(shore)

    await shore.platform.edit(posted, speech("my receipts", edited=True))

    [message] = shore.far_side.channel.replies(posted.thread)
    assert "my receipts" in block_kit.shown(message["blocks"])
    assert [file["title"] for file in message["files"]] == ["receipt.pdf"]


async def test_files_that_land_beside_a_thread_that_is_gone_are_taken_back(shore):
    thread = await shore.opened_thread()
    shore.far_side.server.methods.files.beside = True

    with pytest.raises(DestinationGone):
        await shore.platform.post(thread, speech("look", files=(enclosed(),)), key="k")

    assert list(shore.far_side.channel.messages) == [thread.root], "the card alone"
    assert bodies(shore) == [None]


# ── what members attach ──


async def attached(
    shore: Shore, body: bytes = RECEIPT, kind: str = "application/pdf", text: str = "here", **more
) -> PersonWrote:
    thread = await shore.opened_thread()
    shore.far_side.people.attaches(CHANNEL, thread.root, "U0ANA", text, ("receipt.pdf", body, kind), **more)
    [event] = await shore.heard.next()
    assert isinstance(event, PersonWrote)
    return event


async def read(shore: Shore, event: PersonWrote) -> bytes:
    [file] = event.attachments
    platform, ref = of_platform(file.url or "") or ("", "")
    assert platform == NAME
    assert isinstance(shore.platform, KeepsFiles)
    return b"".join([piece async for piece in shore.platform.read_file(ref)])


async def test_a_members_file_is_read_with_the_token(shore):
    event = await attached(shore)

    assert (event.text, event.attachments[0].name, event.attachments[0].size) == ("here", "receipt.pdf", len(RECEIPT))
    assert await read(shore, event) == RECEIPT


async def test_a_file_without_words_is_a_message_all_the_same(shore):
    event = await attached(shore, text="")
    assert event.text == ""
    assert await read(shore, event) == RECEIPT


async def test_a_file_of_a_shared_channel_is_asked_for_by_its_id(shore):
    event = await attached(shore, url_private=None, url_private_download=None, file_access="check_file_info")
    with pytest.raises(ContentRejected):
        await read(shore, event)
    assert shore.far_side.server.called("files.info")


async def test_the_page_to_sign_in_is_no_file(shore):
    event = await attached(shore)
    shore.far_side.server.scopes.discard("files:read")

    with pytest.raises(AccessMissing, match="files:read"):
        await read(shore, event)


async def test_a_file_that_was_deleted_meanwhile_is_gone(shore):
    event = await attached(shore)
    for file in shore.far_side.server.methods.files.files.values():
        file.content = None

    with pytest.raises(DestinationGone):
        await read(shore, event)


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/files-pri/T0-F0/x",
        f"http://{FILES_HOST}/files-pri/T0-F0/x",
        f"https://{FILES_HOST}@evil.example/x",
        f"https://{FILES_HOST}.evil.example/x",
        f"https://{FILES_HOST}:8443/x",
        "https://slack.com/x",
        "file:///etc/passwd",
        "http://127.0.0.1:1/x",
    ],
)
async def test_the_token_goes_to_no_other_host(shore, address):
    assert isinstance(shore.platform, KeepsFiles)
    with pytest.raises(ContentRejected, match="outside Slack"):
        [piece async for piece in shore.platform.read_file(address)]


async def test_a_link_to_another_product_is_no_file_and_says_so(shore):
    event = await attached(shore, mode="external", is_external=True)
    [file] = event.attachments
    assert file.url is None
    assert file.trouble


def test_the_name_that_carries_the_key_keeps_its_ending():
    name = marked_name("receipt.tar.gz", "dlv_1")
    assert name.startswith("receipt.tar-")
    assert name.endswith(".gz")
    assert marked_name("README", "dlv_1") != marked_name("README", "dlv_2")
