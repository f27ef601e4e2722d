"""The way in: each request of Slack becomes an event, is committed, and only then acknowledged."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Final

import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.response import BoltResponse

from adapters.chat.slack.events import clicks, mentions, messages
from adapters.chat.slack.events.people import Home
from adapters.chat.slack.platform.answers import Answers
from adapters.chat.slack.platform.belonging import is_ours
from adapters.chat.slack.platform.directory import Directory
from adapters.chat.slack.platform.hands import Hands
from adapters.chat.slack.platform.news import News
from adapters.chat.slack.platform.own_posts import Echoes
from adapters.chat.slack.platform.settle import Settling
from bridge.domain.errors import StoreTrouble
from bridge.domain.events import PersonWrote
from bridge.domain.paint import Nothing
from bridge.ports.chat import OnChatEvent
from bridge.ports.clock import Clock

log = structlog.get_logger(__name__)

_ACKNOWLEDGED: Final = 200
_SEND_AGAIN: Final = 503

Payload = dict[str, Any]


class Doors:
    """Bolt's one middleware. Nothing behind it runs: it translates, waits for the commit and answers Slack itself.

    Bolt acknowledges events before a listener runs, and what a listener then loses is lost; hence no listeners.
    """

    def __init__(self, directory: Directory, answers: Answers, news: News, echoes: Echoes, clock: Clock) -> None:
        self._directory = directory
        self._news = news
        self._echoes = echoes
        self._answers = answers
        self._clock = clock
        self._settling = Settling(clock)
        self._hands: Hands | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def app(self, on_event: OnChatEvent) -> AsyncApp:
        hands = self._hands = Hands(self._directory, self._answers, self._settling, self._clock, on_event)

        async def enter(req: AsyncBoltRequest) -> BoltResponse:
            return await self._enter(req, hands, on_event)

        return AsyncApp(
            client=self._answers.client,
            logger=logging.getLogger("handrail.slack.bolt"),
            before_authorize=enter,
            request_verification_enabled=False,
        )

    async def _enter(self, req: AsyncBoltRequest, hands: Hands, on_event: OnChatEvent) -> BoltResponse:
        body = req.body
        home = await self._directory.find_home()
        if not is_ours(body, home):
            log.warning("slack_request_of_others", kind=str(body.get("type") or body.get("command")))
            return BoltResponse(status=_ACKNOWLEDGED, body="")
        if body.get("type") == "app_rate_limited":
            # More than 30,000 events in an hour: what Slack kept to itself is found by reading back.
            log.error("slack_events_limited", platform=home.platform)
            return BoltResponse(status=_ACKNOWLEDGED, body="")
        if body.get("type") == "event_callback":
            return await self._event(body.get("event") or {}, home, hands, on_event)
        return await hands.took(body, home)

    async def _event(self, event: Payload, home: Home, hands: Hands, on_event: OnChatEvent) -> BoltResponse:
        kind = event.get("type")
        thread = messages.thread_of(event) if kind == "message" else None
        self._news.heard(event, home)
        if kind == "message_metadata_posted":
            self._later(self._echoes.heard(event, home, on_event))
        if kind == "app_home_opened":
            hands.home_opened(event)
        work = lambda: self._commit(event, home, on_event)  # noqa: E731 - the one or the other
        if kind == "message" and mentions.is_command(event, home):
            thread, work = thread or f"{event.get('channel')}/{event.get('ts')}", lambda: hands.mentioned(event, home)
        if thread is None:
            return BoltResponse(status=_ACKNOWLEDGED, body="")
        try:
            await self._settling.in_order(thread, str(event.get("ts")), work)
        except StoreTrouble:
            # Not acknowledged: Slack sends it again at once, after a minute and after five.
            return BoltResponse(status=_SEND_AGAIN, body="")
        return BoltResponse(status=_ACKNOWLEDGED, body="")

    async def _commit(self, event: Payload, home: Home, on_event: OnChatEvent) -> None:
        known = await self._directory.acquaint(messages.people_in(event))
        ours = messages.to_event(event, home, known)
        if ours is None:
            return
        answer = await on_event(ours)
        if isinstance(ours, PersonWrote) and ours.origin is not None and not isinstance(answer, Nothing):
            place = clicks.Place(channel=ours.origin.lane.place, user=ours.person.id, thread=ours.origin.thread)
            self._later(self._answers.give(place, answer))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("slack_answer_failed", error=type(task.exception()).__name__)

    async def close(self) -> None:
        await self._settling.close()
        if self._hands is not None:
            await self._hands.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
