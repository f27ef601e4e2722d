"""Files in both directions: uploaded with what is said, and read from where members put them.

The bot's token goes to Slack's own hosts only, whatever an event says.
"""

import contextlib
import json
import re
from collections.abc import AsyncIterator
from typing import Any, Final, cast

import aiohttp
import structlog
from yarl import URL

from adapters.chat.slack.options import SlackOptions
from adapters.chat.slack.platform.calls import Payload, SlackCalls
from adapters.chat.slack.platform.lookup import Lookup
from adapters.chat.slack.render.files import marked_name
from adapters.chat.slack.render.spans import Block
from bridge.domain.errors import (
    AccessMissing,
    ContentRejected,
    DeliveryError,
    DestinationGone,
    OutcomeUnknown,
    TryLater,
    Undeliverable,
)
from bridge.domain.paint import Enclosed
from bridge.domain.refs import MessageRef, ThreadRef
from bridge.ports.clock import Clock

log = structlog.get_logger(__name__)

FILES_HOST: Final = "files.slack.com"
LOOKS: Final = (0.0, 0.3, 1.0)
"""Seconds before each look for the message an upload became; the answer of the upload does not name it."""
TIMEOUT: Final = aiohttp.ClientTimeout(total=120, sock_connect=5, sock_read=15)
PIECE: Final = 64 * 1024
PASSING: Final = frozenset({408, 425, 429})
_FILE_ID: Final = re.compile(r"F[A-Z0-9]+")
# What completing an upload says about the files and not about the channel.
_ABOUT_FILES: Final = ("file", "missing_scope", "access_denied", "blocked", "invalid_blocks", "storage_limit")


class Files:
    def __init__(self, calls: SlackCalls, lookup: Lookup, options: SlackOptions, clock: Clock) -> None:
        self._calls = calls
        self._lookup = lookup
        self._api = URL(options.api_url)
        self._token = options.bot_token.get_secret_value()
        self._clock = clock

    # ── out ──

    async def post(self, place: ThreadRef, files: tuple[Enclosed, ...], said: Block, *, key: str) -> MessageRef:
        """One message with all the files.

        Raises: ContentRejected when Slack does not take the files, though it may take the words; else as every post.
        """
        ids = [await self._upload(file, key) for file in files]
        titles = [{"id": id_, "title": file.name} for id_, file in zip(ids, files, strict=True)]
        try:
            await self._calls(
                "files.completeUploadExternal",
                files=titles,
                channel_id=place.lane.place,
                thread_ts=place.root,
                **_with_key(said, key),
            )
        except Undeliverable as error:
            if any(sign in error.reason.partition(": ")[2] for sign in _ABOUT_FILES):
                raise _not_taken(error) from None
            raise
        return MessageRef(place.lane, place.root, await self._message_of(ids[0], place))

    async def _upload(self, file: Enclosed, key: str) -> str:
        """Nobody sees it yet, so whatever goes wrong did not happen."""
        try:
            answer = await self._calls(
                "files.getUploadURLExternal", filename=marked_name(file.name, key), length=file.size
            )
        except OutcomeUnknown as error:
            raise TryLater(error.reason) from None
        except Undeliverable as error:
            raise _not_taken(error) from None
        url, id_ = str(answer.get("upload_url") or ""), str(answer.get("file_id") or "")
        if not id_ or not self._is_slacks(url):
            raise ContentRejected("files.getUploadURLExternal: unreadable answer")
        await self._put(url, file)
        return id_

    async def _put(self, url: str, file: Enclosed) -> None:
        """Raises: what reading the file raises, ContentRejected, TryLater."""
        broken: list[Exception] = []

        async def body() -> AsyncIterator[bytes]:
            try:
                async for piece in file.pieces():
                    yield piece
            except Exception as error:
                # aiohttp tells only that the request broke.
                broken.append(error)
                raise

        headers = {"Content-Length": str(file.size), "Content-Type": "application/octet-stream"}
        try:
            async with self._session.post(
                url, data=body(), headers=headers, timeout=TIMEOUT, allow_redirects=False
            ) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise (broken[0] if broken else TryLater(f"upload: {type(error).__name__}")) from None
        if status in PASSING or status >= 500:
            raise TryLater(f"upload: HTTP {status}")
        if status != 200:
            raise ContentRejected(f"upload: HTTP {status}")

    async def _message_of(self, file: str, place: ThreadRef) -> str:
        """Raises: OutcomeUnknown until Slack tells; what carries the key is found then."""
        for wait in LOOKS:
            if wait:
                await self._clock.sleep(wait)
            try:
                found = await self._info(file)
            except DeliveryError as error:
                raise OutcomeUnknown(f"uploaded, and cannot be looked up: {error.reason}") from None
            shares = cast("dict[str, dict[str, list[Payload]]]", found.get("shares") or {})
            for kind in shares.values():
                for share in kind.get(place.lane.place, ()):
                    if isinstance(ts := share.get("ts"), str):
                        await self._must_be_in_thread(MessageRef(place.lane, place.root, ts), share, file)
                        return ts
        raise OutcomeUnknown("uploaded, and its message is not shown yet")

    async def _must_be_in_thread(self, message: MessageRef, share: Payload, file: str) -> None:
        """Nobody documents what Slack does with a root that is gone. If it posts to the channel, take that back.

        Raises: DestinationGone.
        """
        if share.get("thread_ts") == message.thread or await self._lookup.one(message) is not None:
            return
        with contextlib.suppress(DeliveryError):
            await self.delete({"files": [{"id": file}]})
            await self._calls("chat.delete", channel=message.lane.place, ts=message.message)
        raise DestinationGone("files.completeUploadExternal: the thread is gone")

    async def _info(self, file: str) -> dict[str, Any]:
        return cast("dict[str, Any]", (await self._calls("files.info", file=file)).get("file") or {})

    async def delete(self, message: Payload) -> None:
        """The files of one of our own messages; whoever may not delete them, or finds them gone, goes on."""
        for file in cast("list[Payload]", message.get("files") or []):
            if file.get("mode") == "tombstone":
                continue
            try:
                await self._calls("files.delete", fine={"file_not_found", "file_deleted"}, file=str(file.get("id")))
            except Undeliverable as error:
                log.warning("slack_file_not_deleted", reason=error.reason)

    # ── in ──

    async def read(self, ref: str) -> AsyncIterator[bytes]:
        """The bytes of a member's file: by its private address, or by its id where the event had none.

        Raises: DestinationGone, AccessMissing or ContentRejected for good, TryLater for now.
        """
        url = ref
        if _FILE_ID.fullmatch(ref):
            found = await self._info(ref)
            url = str(found.get("url_private_download") or found.get("url_private") or "")
        if not self._is_slacks(url):
            raise ContentRejected("it lies outside Slack")
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            async with self._session.get(url, headers=headers, timeout=TIMEOUT, allow_redirects=False) as answer:
                _judge(answer)
                async for piece in answer.content.iter_chunked(PIECE):
                    yield piece
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise TryLater(f"download: {type(error).__name__}") from None

    def _is_slacks(self, address: str) -> bool:
        try:
            url = URL(address)
        except ValueError:
            return False
        if url.user is not None or url.password is not None:
            return False
        if url.host == FILES_HOST:
            return url.scheme == "https" and url.port == 443
        # Another server speaks for Slack (`api_url`): it may name only itself.
        return self._api.host != "slack.com" and url.is_absolute() and url.origin() == self._api.origin()

    @property
    def _session(self) -> aiohttp.ClientSession:
        # The client makes none of its own: it was given ours.
        return cast("aiohttp.ClientSession", self._calls.client.session)


def _judge(answer: aiohttp.ClientResponse) -> None:
    if answer.status in PASSING or answer.status >= 500:
        raise TryLater(f"download: HTTP {answer.status}")
    if answer.status in {404, 410}:
        raise DestinationGone("download: it is not there any more")
    if answer.status != 200:
        raise AccessMissing(f"download: HTTP {answer.status} (needs files:read)")
    if answer.content_type == "text/html":
        # Without files:read Slack sends the page to sign in, with a 200.
        raise AccessMissing("download: a page to sign in (needs files:read)")


def _with_key(said: Block, key: str) -> Block:
    """A file message keeps no metadata: its first block bears the key. `text` has no place beside blocks."""
    blocks = [dict(block) for block in said.get("blocks") or []]
    if blocks:
        blocks[0]["block_id"] = key
    rest = {name: value for name, value in said.items() if name not in {"text", "blocks"}}
    return rest | ({"blocks": json.dumps(blocks)} if blocks else {})


def _not_taken(error: DeliveryError) -> ContentRejected:
    log.warning("slack_file_not_taken", reason=error.reason)
    return ContentRejected(error.reason)
