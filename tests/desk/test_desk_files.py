"""What members attach to their words in a thread: fetched, or left behind with a reason, and never a word lost."""

from dataclasses import replace

import pytest

from bridge.domain.capabilities import BotCapabilities
from bridge.domain.deliveries import Whisper
from bridge.domain.events import Verb
from bridge.domain.fanout import accepted
from bridge.domain.files import FILE_BYTES, FileState, at_platform
from bridge.domain.notices import notice
from bridge.domain.paint import Notice, plain
from bridge.domain.words import Attachment, WordsKind, WordsState
from tests.desk.house import ANA, EVE, House

FILES = BotCapabilities(edit=True, delete=True, files=True)
WHERE = at_platform("acme-slack", "https://files.slack.com/files-pri/T1-F1/label.pdf")


def label(**more) -> Attachment:
    return Attachment(**({"name": "label.pdf", "url": WHERE, "content_type": "application/pdf", "size": 900} | more))


async def written(house: House, text: str, *files: Attachment, can: BotCapabilities = FILES, by=ANA):
    """The answer, and the message as it is kept."""
    ticket = (await house.escalates(capabilities=can)).ticket.id
    thread = await house.opened_thread(ticket)
    await house.presses(ANA, Verb.CLAIM, ticket)
    answer = await house.writes(by, text, thread, attachments=files)
    kept = [each for each in await house.store.messages.of(ticket) if each.kind is not WordsKind.HISTORY]
    return answer, kept


async def wanted(house: House) -> list[str | None]:
    return [file.url for file in await house.store.files.take_wanted(house.clock.now(), 10)]


async def test_what_a_member_attaches_is_wanted_from_the_platform(house: House):
    _, [message] = await written(house, "here", label())

    [file] = message.attachments
    assert (file.name, file.size, file.trouble) == ("label.pdf", None, None), "its size is known once it is here"
    assert await wanted(house) == [WHERE]
    kept = await house.store.files.get(file.file_id or "")
    assert kept is not None
    assert (kept.state, kept.uploader) == (FileState.WANTED, "ana")


async def test_the_files_of_a_note_are_kept_too(house: House):
    _, [message] = await written(house, "for us", label(), by=EVE)
    assert message.kind is WordsKind.NOTE
    assert await wanted(house) == [WHERE]


async def test_a_file_that_is_too_large_is_not_even_asked_for(house: House):
    _, [message] = await written(house, "here", label(size=FILE_BYTES + 6_000_000), label(size=FILE_BYTES))

    large, fits = message.attachments
    assert large.trouble == "31 MB, the limit is 25 MB"
    assert fits.trouble is None
    assert len(await wanted(house)) == 1


async def test_words_go_without_files_to_a_bot_that_shows_none(house: House):
    _, [message] = await written(house, "here", label(), can=BotCapabilities())

    assert message.kind is WordsKind.REPLY
    assert [file.trouble for file in message.attachments] == ["shop-bot has not said that it can show files"]
    assert await wanted(house) == []


async def test_a_file_alone_for_such_a_bot_is_refused_with_the_reason(house: House):
    answer, kept = await written(house, "", label(), can=BotCapabilities())

    assert isinstance(answer, Notice)
    assert "has not said that it can show files" in plain(answer.line)
    assert kept == []


@pytest.mark.parametrize(
    ("file", "heard"),
    [
        (label(trouble="31 MB, the limit is 25 MB", url=None), True),
        (label(size=None), True),
        (label(size=900, file_id="fil_1"), False),
    ],
)
async def test_a_writer_hears_what_stayed_behind_once_the_words_have_arrived(house: House, file, heard):
    _, [message] = await written(house, "here")
    ticket = await house.store.tickets.get(message.ticket)
    assert ticket is not None
    sent = replace(message, attachments=(file,), state=WordsState.SENDING)
    change = accepted(ticket, sent, house.clock.now())

    assert change is not None
    asked = [each.content for each in change.deliveries if isinstance(each.content, Whisper)]
    assert [(each.code, each.message) for each in asked] == ([("file_failed", message.id)] if heard else [])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ({"text": "yes"}, "Your text reached Mara. receipt.pdf did not: 31 MB, the limit is 25 MB."),
        ({}, "receipt.pdf did not reach Mara: 31 MB, the limit is 25 MB."),
    ],
)
async def test_the_sentence_says_what_arrived_and_what_did_not(house: House, text, sentence):
    ticket = await house.store.tickets.get((await house.escalates()).ticket.id)
    assert ticket is not None
    facts = {"files": "receipt.pdf", "why": "31 MB, the limit is 25 MB", **text}
    assert plain(notice("file_failed", facts, ticket, user="Mara").line) == sentence
