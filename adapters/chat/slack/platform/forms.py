"""Modals: opened before anything else is done, filled from the desk's answer, judged when they are sent in."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Final, cast

import structlog

from adapters.chat.slack.events.clicks import Place
from adapters.chat.slack.events.forms import About, about_of, with_epoch
from adapters.chat.slack.events.values import Carried
from adapters.chat.slack.platform.answers import SORRY, Answers
from adapters.chat.slack.platform.calls import SlackCalls
from adapters.chat.slack.render.forms import form_view, loading_view, said_view
from adapters.chat.slack.render.spans import Block, one_line
from bridge.domain.errors import DeliveryError, StoreTrouble
from bridge.domain.paint import Answer, Form, HomePage, Listing, Nothing, Notice, plain

log = structlog.get_logger(__name__)

Ask = Callable[[], Awaitable[Answer]]
Payload = Mapping[str, Any]

PATIENCE: Final = 2.0
"""Seconds a sent form may wait for its answer; Slack gives three in all."""
ERROR: Final = 150
WORKING: Final = Notice(line=("This takes longer than usual. The answer will stand here.",))


class Forms:
    def __init__(self, calls: SlackCalls, answers: Answers) -> None:
        self._calls = calls
        self._answers = answers

    async def ask(self, body: Payload, carried: Carried, place: Place, ask: Ask) -> None:
        """A click that needs a form: its trigger lives three seconds, so the modal comes before the desk is asked."""
        about = About(
            ticket=carried.ticket, verb=carried.verb, epoch=carried.epoch, channel=place.channel,
            thread=place.thread or "",
        )  # fmt: skip
        view = await self._open(str(body.get("trigger_id")), about)
        answer = await said(ask)
        if view is None:
            # Too late for a modal, or Slack would not: say what to type instead.
            await self._answers.give(place, answer)
            return
        if isinstance(answer, Form):
            await self._fill(view, form_view(answer, with_epoch(about, answer.epoch).written()))
        else:
            await self._fill(view, said_view(_notice(answer), about.written()))

    async def say(self, view: Payload, answer: Answer) -> None:
        """What came of a button inside a modal takes the modal's place."""
        about = about_of(view)
        await self._fill(view, said_view(_notice(answer), about.written() if about is not None else ""))

    async def submitted(
        self, view: Payload, place: Place | None, ask: Ask
    ) -> tuple[Block, Coroutine[Any, Any, None] | None]:
        """The answer for Slack, and what is still to be done after it."""
        asking = asyncio.ensure_future(said(ask))
        done, _ = await asyncio.wait({asking}, timeout=PATIENCE)
        if not done:
            about = about_of(view)
            waiting = said_view(WORKING, about.written() if about is not None else "")
            return {"response_action": "update", "view": waiting}, self._later(view, asking)
        answer = asking.result()
        if isinstance(answer, Notice) and answer.refused:
            return _errors(view, answer), None
        if isinstance(answer, Nothing) or place is None:
            return {"response_action": "clear"}, None
        return {"response_action": "clear"}, self._answers.give(place, answer)

    async def _later(self, view: Payload, asking: Awaitable[Answer]) -> None:
        answer = await asking
        about = about_of(view)
        shown = said_view(_notice(answer), about.written() if about is not None else "")
        # By now it has another hash than the one we were told.
        await self._fill({"id": view.get("id")}, shown)

    async def _open(self, trigger: str, about: About) -> Payload | None:
        try:
            answer = await self._calls("views.open", trigger_id=trigger, view=loading_view(about.written()))
        except DeliveryError as error:
            log.warning("slack_form_not_opened", reason=error.reason)
            return None
        return cast("Payload", answer.get("view") or {})

    async def _fill(self, view: Payload, content: Block) -> None:
        try:
            await self._calls("views.update", view_id=view.get("id"), hash=view.get("hash"), view=content)
        except DeliveryError as error:
            log.warning("slack_form_not_filled", reason=error.reason)


async def said(ask: Ask) -> Answer:
    """Interactions are acknowledged before they are judged, so whatever goes wrong has to be said."""
    try:
        return await ask()
    except StoreTrouble:
        log.warning("slack_interaction_not_stored")
    except Exception:
        log.exception("slack_interaction_failed")
    return SORRY


def _notice(answer: Answer) -> Notice:
    match answer:
        case Notice():
            return answer
        case Listing(title=title):
            return Notice(line=(title,))
        case Form() | HomePage() | Nothing():
            return Notice(line=("Done.",))


def _errors(view: Payload, refused: Notice) -> Block:
    """In red under the first input. Where there is none the sentence takes the modal's place."""
    inputs = [block for block in view.get("blocks") or [] if block.get("type") == "input"]
    if not inputs:
        return {"response_action": "update", "view": said_view(refused, str(view.get("private_metadata") or ""))}
    words = one_line(plain(refused.line), ERROR) or "This cannot be done now."
    return {"response_action": "errors", "errors": {str(inputs[0]["block_id"]): words}}
