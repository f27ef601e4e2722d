"""Slack as a chat platform: posts, edits and marks over the Web API, hears over Socket Mode."""

from collections.abc import AsyncIterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import structlog

from adapters.chat.slack.options import SlackOptions
from adapters.chat.slack.platform import links
from adapters.chat.slack.platform.calls import Payload, SlackCalls
from adapters.chat.slack.platform.directory import Directory
from adapters.chat.slack.platform.examination import Examination
from adapters.chat.slack.platform.files import Files
from adapters.chat.slack.platform.lookup import Lookup, metadata
from adapters.chat.slack.platform.marks import Marks
from adapters.chat.slack.platform.missed import Missed
from adapters.chat.slack.platform.pace import budgets_of, faster
from adapters.chat.slack.platform.presence import Presence
from adapters.chat.slack.platform.reading import Reads
from adapters.chat.slack.render.answers import answer_blocks, digest_blocks
from adapters.chat.slack.render.card import card_blocks
from adapters.chat.slack.render.files import file_blocks
from adapters.chat.slack.render.spans import Block
from adapters.chat.slack.render.speech import MAX_TEXT, name_of, parts_of, speech_blocks
from bridge.domain.capabilities import Capabilities, PrivateNotice
from bridge.domain.deliveries import Delivery, MarkKind
from bridge.domain.errors import DestinationGone, OutcomeUnknown
from bridge.domain.events import ChatEvent
from bridge.domain.files import FILE_BYTES
from bridge.domain.paint import Card, Notice, QueueDigest, Speech
from bridge.domain.people import Assignee
from bridge.domain.refs import Lane, MessageRef, ThreadRef
from bridge.ports.chat import Budget, Health, OnChatEvent, ReadBack, Watermark
from bridge.ports.clock import Clock
from bridge.ports.findings import Finding
from bridge.ports.knocking import Doorman

log = structlog.get_logger(__name__)


class SlackPlatform:
    """One workspace."""

    capabilities = Capabilities(
        max_text=MAX_TEXT, private_notice=PrivateNotice.ALWAYS, forms=True, files=True, max_file=FILE_BYTES
    )

    def __init__(self, name: str, options: SlackOptions, clock: Clock) -> None:
        self.name = name
        self._options = options
        self._clock = clock
        self._calls = SlackCalls(name, options)
        self._directory = Directory(name, options.groups, self._calls, clock)
        reads = Reads(clock)
        self._lookup = Lookup(self._calls, self._directory, reads)
        self._missed = Missed(self._calls, self._directory, reads, clock)
        self._files = Files(self._calls, self._lookup, options, clock)
        self._marks = Marks(self._calls, self._directory, self._lookup)
        self._presence = Presence(name, options, self._calls, self._directory, clock)

    @property
    def health(self) -> Health:
        return self._presence.health

    @property
    def doors(self) -> Mapping[str, Doorman]:
        return self._presence.doors

    @property
    def told(self) -> Mapping[str, str | None]:
        return self._presence.places.told

    async def usable(self, place: str, why: str) -> bool | None:
        return await self._presence.places.usable(place, why)

    async def run(self, on_event: OnChatEvent) -> None:
        await self._presence.run(on_event)

    async def findings(self, channels: Sequence[str] = ()) -> Sequence[Finding]:
        return await Examination(self.name, self._options, self._calls, self._clock).findings(channels)

    async def close(self) -> None:
        await self._calls.close()

    def budgets(self, delivery: Delivery) -> Sequence[Budget]:
        return faster(budgets_of(self.name, delivery), self._options.pace)

    def parts(self, speech: Speech) -> Sequence[Speech]:
        return parts_of(speech)

    async def open_thread(self, lane: Lane, card: Card, *, key: str) -> ThreadRef:
        answer = await self._send(lane.place, None, card_blocks(card), metadata(key, root=True))
        return ThreadRef(lane, _ts(answer))

    async def post(self, place: Lane | ThreadRef, content: Speech | QueueDigest | Card, *, key: str) -> MessageRef:
        lane, root = (place, None) if isinstance(place, Lane) else (place.lane, place.root)
        if isinstance(content, Speech) and content.files and isinstance(place, ThreadRef):
            said = file_blocks(content) | self._named(content)
            return await self._files.post(place, content.files, said, key=key)
        if isinstance(content, Speech) and content.or_mention and not self._directory.has_groups:
            content = replace(content, mention=content.or_mention)
        painted = self._painted(content)
        if isinstance(content, Speech):
            painted |= self._named(content) | ({"reply_broadcast": True} if content.aloud and root else {})
        answer = await self._send(lane.place, root, painted, metadata(key))
        message = MessageRef(lane, root, _ts(answer))
        posted = answer.get("message")
        if root is not None and isinstance(posted, dict) and posted.get("thread_ts") != root:
            # Nobody documents what Slack does with a root that is gone. If it posts to the channel, take that back.
            await self.retract(message)
            raise DestinationGone("chat.postMessage: the thread is gone")
        return message

    async def edit(self, message: MessageRef, content: Speech | QueueDigest) -> None:
        await self._update(message, self._painted(content))

    async def retract(self, message: MessageRef, *, files: bool = False) -> None:
        if files:
            with suppress(DestinationGone):
                await self._files.delete(await self._lookup.one(message) or {})
        await self._calls("chat.delete", fine={"message_not_found"}, channel=message.lane.place, ts=message.message)

    async def mark(self, message: MessageRef, mark: MarkKind, *, stands: AbstractSet[MarkKind] | None = None) -> None:
        await self._marks.put(message, mark, stands)

    async def whisper(self, place: ThreadRef, person: Assignee, notice: Notice, *, key: str) -> MessageRef | None:
        del key  # An ephemeral message keeps no metadata and cannot be read back.
        if person.person is None or person.platform != self.name:
            raise DestinationGone("this member has no account here")
        await self._calls(
            "chat.postEphemeral",
            channel=place.lane.place,
            user=person.person,
            thread_ts=place.root,
            **answer_blocks(notice),
        )
        return None

    async def direct(self, person: str, speech: Speech, *, key: str) -> None:
        answer = await self._calls("conversations.open", users=person)
        channel = answer.get("channel")
        if not isinstance(channel, dict) or "id" not in channel:
            raise OutcomeUnknown("conversations.open: unreadable answer")
        await self._send(str(channel["id"]), None, speech_blocks(speech), metadata(key))

    def read_file(self, ref: str) -> AsyncIterator[bytes]:
        return self._files.read(ref)

    async def refresh_card(self, thread: ThreadRef, card: Card) -> None:
        await self._update(MessageRef(thread.lane, None, thread.root), card_blocks(card))

    async def close_thread(self, thread: ThreadRef) -> None:
        """Slack has nothing to close: the card says it."""

    async def find(self, place: Lane | ThreadRef, *, key: str, since: datetime) -> ThreadRef | MessageRef | None:
        return await self._lookup.find(place, key=key, since=since)

    async def is_in(self, lane: Lane, person: str) -> bool | None:
        return await self._presence.rooms.has(lane.place, person)

    def permalink(self, thread: ThreadRef) -> str | None:
        home = self._directory.home
        if home is None or home.url is None:
            return None
        return f"{home.url.rstrip('/')}/archives/{thread.lane.place}/p{thread.root.replace('.', '')}"

    def thread_of(self, link: str, lane: Lane) -> ThreadRef | None:
        return links.thread_of(link, lane)

    def message_of(self, link: str, place: Lane | ThreadRef) -> MessageRef | None:
        return links.message_of(link, place)

    def missed(self, marks: Mapping[ThreadRef, Watermark]) -> AsyncIterator[ChatEvent | ReadBack]:
        return self._missed.in_threads(marks)

    def _named(self, speech: Speech) -> Block:
        return name_of(speech, self._options.user_word, self._directory.staff())

    def _painted(self, content: Speech | QueueDigest | Card) -> Block:
        if isinstance(content, Card):
            return card_blocks(content)
        return digest_blocks(content) if isinstance(content, QueueDigest) else speech_blocks(content)

    async def _send(self, channel: str, root: str | None, painted: Block, about: dict[str, object]) -> Payload:
        return await self._calls(
            "chat.postMessage",
            channel=channel,
            thread_ts=root,
            metadata=about,
            # Else Slack would fetch a user's link and show the team a picture of its choosing.
            unfurl_links=False,
            unfurl_media=False,
            **painted,
        )

    async def _update(self, message: MessageRef, painted: Block) -> None:
        """Metadata is left out, and so stays."""
        await self._calls("chat.update", channel=message.lane.place, ts=message.message, **painted)


def _ts(answer: Payload) -> str:
    ts = answer.get("ts")
    if not isinstance(ts, str):
        raise OutcomeUnknown("chat.postMessage: unreadable answer")
    return ts
