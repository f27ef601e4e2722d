"""Files that are posted with words: which may be, and where their bytes come from."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from typing import Final

from bridge.delivery.errand import Errand, gone
from bridge.domain.capabilities import Capabilities
from bridge.domain.deliveries import Whisper
from bridge.domain.errors import ContentRejected
from bridge.domain.files import in_size
from bridge.domain.paint import Enclosed, Speech
from bridge.domain.transcript import turns_as_markdown
from bridge.domain.words import Attachment, Message, on_the_way
from bridge.store import Store

MOST: Final = 10
"""Files of one post."""
NOT_SHOWN: Final = "it could not be shown here, the console has it"


def named_only(speech: Speech, can: Capabilities) -> Speech:
    """Without the names of those files that stand there themselves."""
    shown = {each.file_id for each in _fitting(speech.attachments, can)}
    kept = tuple(_with_limit(each, can) for each in speech.attachments if each.file_id not in shown)
    return replace(speech, attachments=kept)


async def with_files(store: Store, errand: Errand, speech: Speech) -> Speech:
    """With the files that came together with the words; those that are fetched follow by themselves."""
    can = errand.platform.capabilities
    files = tuple([await _enclosed(store, each) for each in _fitting(speech.attachments, can)])
    return replace(named_only(speech, can), files=files)


async def one_file(store: Store, errand: Errand, speech: Speech, message: Message, file: str) -> Speech | None:
    """A single file of the message, which came after its words; None when there is nothing to say of it here."""
    can = errand.platform.capabilities
    found = next((each for each in message.attachments if each.file_id == file), None)
    if found is None or not speech.attachments:
        return None
    bare = replace(speech, text="", edited=False)
    if found.trouble is not None:
        return replace(bare, attachments=(found,))
    if not can.files or found.size is None:
        return None
    if found.size > can.max_file:
        return replace(bare, attachments=(_with_limit(found, can),))
    return replace(bare, attachments=(), files=(await _enclosed(store, found),))


def without_files(speech: Speech) -> Speech:
    """The same words where the platform does not take the files: they stand there by name, and why."""
    names = tuple(
        Attachment(name=each.name, content_type=each.content_type, size=each.size, trouble=NOT_SHOWN)
        for each in speech.files
    )
    return replace(speech, files=(), attachments=(*speech.attachments, *names))


async def files_left_behind(store: Store, content: Whisper) -> Mapping[str, str]:
    """Which files of the message did not go with its words, and why: read now, since they are somebody's words."""
    message = await store.messages.get(content.message) if content.code == "file_failed" and content.message else None
    if message is None:
        return {}
    lacking = [each for each in message.attachments if each.trouble is not None or on_the_way(each)]
    why = dict.fromkeys((each.trouble or "it could not be fetched in time").rstrip(".") for each in lacking)
    return {
        "files": ", ".join(each.name for each in lacking), "why": "; ".join(why),
        **({"text": "yes"} if message.text.strip() else {}),
    }  # fmt: skip


def with_transcript(errand: Errand, speech: Speech, turns: list[Message]) -> Speech:
    """What the thread shows shortened stands whole in a file, where the platform shows files."""
    if not errand.platform.capabilities.files:
        return speech
    ticket = errand.ticket
    body = turns_as_markdown(f"#{ticket.number}: {speech.name}", turns, errand.user, ticket).encode()
    file = Enclosed(
        name=f"transcript-{ticket.number}.md", content_type="text/markdown", size=len(body), pieces=_all_at_once(body)
    )
    return replace(speech, files=(file,))


def _fitting(attachments: tuple[Attachment, ...], can: Capabilities) -> list[Attachment]:
    came = [each for each in attachments if each.file_id and each.url is None and each.size is not None]
    return [each for each in came if (each.size or 0) <= can.max_file][:MOST] if can.files else []


def _with_limit(attachment: Attachment, can: Capabilities) -> Attachment:
    if not can.files or attachment.trouble is not None or (attachment.size or 0) <= can.max_file:
        return attachment
    return replace(attachment, trouble=f"the limit here is {in_size(can.max_file)}, the console has it")


async def _enclosed(store: Store, attachment: Attachment) -> Enclosed:
    file = await store.files.get(attachment.file_id or "")
    if file is None:
        raise gone("a file of the message")

    async def pieces() -> AsyncIterator[bytes]:
        found = await store.files.pieces(file)
        if found is None:
            raise ContentRejected("a file is not kept any more")
        async for piece in found:
            yield piece

    return Enclosed(
        name=file.name, content_type=file.content_type or "application/octet-stream", size=file.size or 0,
        pieces=pieces,
    )  # fmt: skip


def _all_at_once(body: bytes) -> Callable[[], AsyncIterator[bytes]]:
    async def pieces() -> AsyncIterator[bytes]:
        yield body

    return pieces
