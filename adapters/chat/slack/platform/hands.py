"""What people do with their hands: buttons, menus, forms, commands, and the home tab. Each is answered in time."""

import asyncio
from collections import OrderedDict
from collections.abc import Coroutine
from typing import Any, Final

import structlog
from slack_bolt.response import BoltResponse

from adapters.chat.slack.events import clicks, forms, mentions, shortcuts
from adapters.chat.slack.events.people import Home
from adapters.chat.slack.platform.answers import Answers
from adapters.chat.slack.platform.directory import Directory
from adapters.chat.slack.platform.forms import Forms, said
from adapters.chat.slack.platform.homes import Homes
from adapters.chat.slack.platform.settle import Settling
from bridge.domain.paint import Answer, Nothing, Notice
from bridge.ports.chat import OnChatEvent
from bridge.ports.clock import Clock

log = structlog.get_logger(__name__)

Payload = dict[str, Any]

REMEMBERED: Final = 2_000


class Hands:
    """Interactions are acknowledged at once and answered after the commit; only a form's submit carries its answer."""

    def __init__(
        self, directory: Directory, answers: Answers, settling: Settling, clock: Clock, on_event: OnChatEvent
    ) -> None:  # fmt: skip
        self._directory = directory
        self._answers = answers
        self._settling = settling
        self._clock = clock
        self._on_event = on_event
        self._forms = Forms(answers.calls, answers)
        self._homes = Homes(answers.calls, directory, clock)
        self._answered: OrderedDict[str, None] = OrderedDict()
        """Commands by mention whose answer was given: a repeated event gives none again."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._later(self._homes.keep(on_event))

    async def took(self, body: Payload, home: Home) -> BoltResponse:
        """An interaction of any kind; one that is none of ours is acknowledged and forgotten."""
        match body.get("type"):
            case "block_actions" if (body.get("container") or {}).get("type") == "view":
                self._later(self._pressed_in_view(body, home))
            case "block_actions":
                self._later(self._pressed(body, home))
            case "message_action":
                self._later(self._shortcut(body, home))
            case "view_submission":
                return await self._submitted(body, home)
            case None if body.get("command"):
                self._later(self._command(body, home))
            case _:
                pass
        return BoltResponse(status=200, body="")

    def home_opened(self, event: Payload) -> None:
        if event.get("tab") == "home" and isinstance(event.get("user"), str):
            self._later(self._homes.opened(event["user"], self._on_event))

    async def mentioned(self, message: Payload, home: Home) -> None:
        """A command by mention: committed before it is acknowledged, as every event. Raises: StoreTrouble."""
        known = await self._directory.acquaint(mentions.people_in_command(message))
        given = mentions.to_command(message, home, known)
        if given.key.key in self._answered:
            return
        answer = await self._on_event(given)
        self._answered[given.key.key] = None
        while len(self._answered) > REMEMBERED:
            self._answered.popitem(last=False)
        thread = given.thread.root if given.thread is not None else None
        place = clicks.Place(channel=str(message["channel"]), user=given.person.id, thread=thread)
        self._later(self._answers.give(place, _in_words(answer)))

    async def _pressed(self, body: Payload, home: Home) -> None:
        place, carried = clicks.place_of_click(body), clicks.carried_by(body)
        if place is None or carried is None:
            return
        if carried.form:
            await self._forms.ask(body, carried, place, lambda: self._press(body, home))
        else:
            await self._answers.give(place, await said(lambda: self._press(body, home)))

    async def _pressed_in_view(self, body: Payload, home: Home) -> None:
        """In a modal the answer takes the modal's place; on the home tab it stands above everything else."""
        view, carried, user = body.get("view") or {}, clicks.carried_by(body), str(body["user"]["id"])
        if carried is None:
            return
        about = forms.about_of(view)
        if carried.form:
            place = (about.place(user) if about is not None else None) or clicks.Place(channel="", user=user)
            if view.get("type") == "home":
                await self._forms.ask(body, carried, place, lambda: self._press(body, home))
            return
        answer = await said(lambda: self._press(body, home))
        if view.get("type") == "home":
            told = answer if isinstance(answer, Notice) else None
            await self._homes.show(user, self._on_event, said=told, anew=True)
        else:
            await self._forms.say(view, answer)

    async def _press(self, body: Payload, home: Home) -> Answer:
        known = await self._directory.acquaint({str(body["user"]["id"])})
        about = forms.about_of(body.get("view") or {})
        pressed = clicks.to_pressed(body, home, known, self._clock.now(), channel=about.channel if about else None)
        return SORRY_UNKNOWN if pressed is None else await self._on_event(pressed)

    async def _shortcut(self, body: Payload, home: Home) -> None:
        place = shortcuts.place_of_shortcut(body)
        if place is None:
            return

        async def ask() -> Answer:
            known = await self._directory.acquaint({place.user})
            wanted = shortcuts.to_recast(body, home, known, self._clock.now())
            if wanted is None:
                return SORRY_UNKNOWN
            answers: list[Answer] = []

            async def judge() -> None:
                answers.append(await self._on_event(wanted))

            # In the thread's own order: what it is about may have come a moment ago.
            await self._settling.in_order(f"{place.channel}/{place.thread}", str(body.get("action_ts")), judge)
            return answers[0]

        await self._answers.give(place, await said(ask))

    async def _command(self, body: Payload, home: Home) -> None:
        async def ask() -> Answer:
            known = await self._directory.acquaint(clicks.people_in_command(body))
            return await self._on_event(clicks.to_command(body, home, known, self._clock.now()))

        await self._answers.give(clicks.place_of_command(body), _in_words(await said(ask)))

    async def _submitted(self, body: Payload, home: Home) -> BoltResponse:
        view = body.get("view") or {}
        about = forms.about_of(view)
        if about is None:
            return BoltResponse(status=200, body="")

        async def ask() -> Answer:
            known = await self._directory.acquaint(forms.people_in_form(body))
            sent = forms.to_submitted(body, home, known, self._clock.now())
            return SORRY_UNKNOWN if sent is None else await self._on_event(sent)

        answer, rest = await self._forms.submitted(view, about.place(str(body["user"]["id"])), ask)
        if rest is not None:
            self._later(rest)
        return BoltResponse(status=200, body=answer)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("slack_answer_failed", error=type(task.exception()).__name__)

    async def close(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _in_words(answer: Answer) -> Answer:
    """Whoever types a command sees no card change under their hands: something is always said."""
    return Notice(line=("Done.",)) if isinstance(answer, Nothing) else answer


SORRY_UNKNOWN: Final = Notice(line=("This button is not known any more. Use the newest card.",), refused=True)
