"""Words in a thread: posted, edited, retracted."""

import re
from dataclasses import dataclass, replace

from bridge.delivery.enclosing import named_only, one_file, with_files, with_transcript, without_files
from bridge.delivery.errand import Errand, gone
from bridge.domain.deliveries import EditWords, Posted, PostHistory, PostLine, PostWords, RetractWords
from bridge.domain.errors import ContentRejected
from bridge.domain.paint import Speech
from bridge.domain.refs import MessageId, MessageRef
from bridge.domain.speeches import History, line_speech, speech_of_message
from bridge.domain.text import excerpt
from bridge.domain.words import Message
from bridge.store import Store

CUT_NOTE = "\n\n… (longer now than the message it replaces; the console shows all of it)"
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+.!|~<>&-])")


@dataclass(frozen=True, slots=True)
class Split:
    """Too long for one message: to be replaced by this many deliveries, one per part."""

    parts: int


async def post_words(store: Store, errand: Errand, content: PostWords) -> Posted | Split | None:
    message = await _message(store, content.message)
    speech = speech_of_message(message, errand.user, errand.ticket, errand.now)
    if content.file is not None:
        alone = await one_file(store, errand, speech, message, content.file)
        return Posted(message=await post_speech(errand, alone)) if alone is not None else None
    return await _post_part(errand, await with_files(store, errand, speech), content.part, content.parts)


async def post_history(store: Store, errand: Errand, content: PostHistory) -> Posted | Split | None:
    messages = await store.messages.of(errand.ticket.id)
    history = History.of(messages, errand.user, errand.ticket, until=content.until)
    if not history.turns:
        return None  # nothing was said before
    speech = history.speech(errand.now)
    if history.shortened:
        speech = with_transcript(errand, speech, history.turns)
    return await _post_part(errand, speech, content.part, content.parts)


async def post_line(errand: Errand, content: PostLine) -> Posted:
    speech = line_speech(content.code, dict(content.facts), errand.ticket, errand.user, errand.now)
    if content.message is not None:
        speech = replace(speech, buttons=tuple(replace(button, message=content.message) for button in speech.buttons))
    return Posted(message=await post_speech(errand, speech))


async def edit_words(store: Store, errand: Errand, content: EditWords) -> None:
    """Bring what was posted in line with the message as it is now: one part per post, as far as the posts reach."""
    shown = await store.messages.shown(content.message, errand.lane, words_only=True)
    if not shown:
        return
    speech = speech_of_message(await _message(store, content.message), errand.user, errand.ticket, errand.now)
    parts = list(errand.platform.parts(named_only(speech, errand.platform.capabilities)))
    if len(parts) > len(shown):
        parts[len(shown) - 1] = _with_note(parts[len(shown) - 1])
    for place, part in zip(shown, parts, strict=False):
        await errand.platform.edit(place, part)
    for place in shown[len(parts) :]:
        await errand.platform.retract(place)


async def retract_words(store: Store, errand: Errand, content: RetractWords) -> None:
    message = await store.messages.get(content.message)
    # Of erased words, and of a ticket's own posts (a transcript may be a file), it is not known what was shown.
    files = message is None or not message.text or bool(message.attachments)
    for place in await store.messages.shown(content.message, errand.lane):
        await errand.platform.retract(place, files=files)


async def post_speech(errand: Errand, speech: Speech) -> MessageRef:
    """Post into the thread; what the platform rejects is tried once more, without its files and then as bare text."""
    try:
        return await errand.platform.post(errand.thread, speech, key=errand.key)
    except ContentRejected:
        if speech.files:
            return await post_speech(errand, without_files(speech))
        return await errand.platform.post(errand.thread, bare(speech), key=errand.key)


def bare(speech: Speech) -> Speech:
    """The same words without anything a platform could stumble over."""
    return replace(speech, text=_MARKUP.sub(r"\\\1", speech.text), avatar_url=None, attachments=(), buttons=())


async def _message(store: Store, message: MessageId) -> Message:
    found = await store.messages.get(message)
    if found is None:
        raise gone("the message")
    return found


async def _post_part(errand: Errand, speech: Speech, part: int, parts: int) -> Posted | Split | None:
    """`part` counts from 0; a whole has one part."""
    cut = errand.platform.parts(speech)
    if parts == 1 and len(cut) > 1:
        return Split(len(cut))
    if part >= len(cut):
        return None  # it became shorter since it was split
    said = replace(cut[part], part=part, parts=parts) if parts > 1 else cut[part]
    if part == parts - 1 and len(cut) > parts:
        said = _with_note(said)
    return Posted(message=await post_speech(errand, said))


def _with_note(last: Speech) -> Speech:
    """The last part there is room for, when there are more now."""
    return replace(last, text=excerpt(last.text, max(1, len(last.text) - len(CUT_NOTE))) + CUT_NOTE)
