"""What the contract suite asks of a chat platform's own end: its people, its servers and its bad days.

A platform joins the suite by one row in `tests/adapters/every_chat_platform.py`: its name and an async context manager
that starts its wire server, builds the adapter with `build(...)`, runs it and yields a `Shore`.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, TypeAlias

from bridge.domain.deliveries import MarkKind
from bridge.domain.events import ButtonPressed, ChatEvent, Verb
from bridge.domain.paint import Accent, Answer, Button, Card, Nothing, Speaker, Speech
from bridge.domain.people import Assignee
from bridge.domain.refs import Lane, MemberKey, MessageRef, ThreadRef, TicketId
from bridge.ports.chat import ChatPlatform
from tests.given_time import GivenClock

TICKET = TicketId("tkt_01931f00000070008000000000001042")


class FarSide(Protocol):
    """The far end of one channel. `by` is a platform user id; without it `member` acts."""

    lane: Lane
    member: str
    """A full member of the workspace who is in the channel; `member_name` is what people call them."""
    member_name: str
    colleague: str
    """A second one."""
    team: str
    """A user group or role as `Speech.mention` names it: `team:<id>`. Both members are in it, by what `Person` says."""

    async def card(self, thread: ThreadRef) -> str:
        """All that people read on the root message, labels of its buttons included."""
        ...

    async def posted(self, thread: ThreadRef) -> list[str]:
        """What people read under the card, one text per message of ours, oldest first."""
        ...

    def in_channel(self) -> list[str]:
        """What people read of ours in the channel itself, threads left out, oldest first."""
        ...

    async def marks(self, message: MessageRef) -> set[MarkKind]: ...

    def private_answers(self, person: str) -> list[str]:
        """What only this person was shown: text and labels of the buttons."""
        ...

    def direct_messages(self, person: str) -> list[str]: ...

    def pinged(self) -> set[str]:
        """Whom our posts made ring: ids in the form of `Speech.mention`, or `everyone`."""
        ...

    def calls(self) -> int:
        """How many requests the platform has received."""
        ...

    async def member_writes(self, thread: ThreadRef, text: str, *, by: str | None = None) -> MessageRef: ...

    async def member_edits(self, message: MessageRef, text: str) -> None: ...

    async def member_deletes(self, message: MessageRef) -> None: ...

    async def other_bot_writes(self, thread: ThreadRef, text: str) -> None: ...

    async def click(self, thread: ThreadRef, label: str, *, by: str | None = None) -> None:
        """Press the button of that label, on the card or the newest message of the thread that has it.

        Returns once the platform has the acknowledgement; fails the test when none came in time.
        """
        ...

    async def command(self, words: str, *, by: str | None = None) -> None:
        """Type `/handrail <words>` in the channel; `@<user id>` in it mentions a member."""
        ...

    async def opens_form(self, thread: ThreadRef, label: str, *, by: str | None = None) -> str:
        """Press a button that needs a form; what people read on it, once it has inputs or says why it has none.

        This and the next are asked only of platforms whose capabilities say that they have forms.
        """
        ...

    async def sends_form(self, values: Mapping[str, str], *, by: str | None = None) -> str | None:
        """Fill in by label (a member by id) and send. What is said against it; None: it was taken and is gone."""
        ...

    async def delete(self, thread: ThreadRef) -> None:
        """A person deletes the root and its thread."""
        ...

    async def lose_channel(self) -> None:
        """Our bot is thrown out of the channel, or the channel is archived."""
        ...

    def slow_down_next_post(self, retry_after: float) -> None:
        """The next post is refused by a rate limit of this channel."""
        ...

    def lose_answer_of_next_post(self) -> None:
        """The next post is carried out, but its answer never arrives."""
        ...

    def fail_next_post(self) -> None:
        """The next post is answered by a 5xx; it was not carried out, but nobody can tell."""
        ...

    def refuse_next_content(self) -> None:
        """The next post is refused for what stands in it."""
        ...

    def revoke_token(self) -> None: ...

    async def drop_connections(self) -> None:
        """Every open socket breaks; new ones are welcome."""
        ...

    def copied_link(self, of: ThreadRef | MessageRef) -> str:
        """What the platform's own menu puts on a person's clipboard for the card, or for a message."""
        ...


@dataclass(slots=True)
class Heard:
    """Stands where the desk would: takes every event down and gives the answer it was told to give."""

    clock: GivenClock
    answer: Answer = field(default_factory=Nothing)
    script: list[Answer] = field(default_factory=list)
    """Answers for the next events, before `answer` is given again."""
    trouble: Exception | None = None
    """Raised for every event while it is set."""
    gate: asyncio.Event | None = None
    """While it is set to an event, nothing is committed before that happens."""
    asked: int = 0
    """How often something was reported, committed or not."""
    events: list[ChatEvent] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def on_event(self, event: ChatEvent) -> Answer:
        self.asked += 1
        self._news.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.trouble is not None:
            raise self.trouble
        self.events.append(event)
        self._news.set()
        return self.script.pop(0) if self.script else self.answer

    async def until(self, true: Callable[[], bool]) -> None:
        """Let time pass in small steps until it is true; fails after fifteen seconds of the machine's own time."""
        async with asyncio.timeout(15):
            while not true():
                self.clock.advance(0.2)
                self._news.clear()
                try:
                    async with asyncio.timeout(0.02):
                        await self._news.wait()
                except TimeoutError:
                    continue

    async def next(self, count: int = 1) -> list[ChatEvent]:
        """The next `count` events; they are taken off the list."""
        await self.until(lambda: len(self.events) >= count)
        taken, self.events = self.events[:count], self.events[count:]
        return taken


@dataclass(slots=True)
class Shore:
    """An adapter that is connected to its wire server, and that server's people."""

    platform: ChatPlatform
    far_side: FarSide
    heard: Heard
    clock: GivenClock

    async def opened_thread(self, key: str = "dlv_root") -> ThreadRef:
        return await self.platform.open_thread(self.far_side.lane, card(), key=key)

    @property
    def member(self) -> Assignee:
        """The far side's member as the middle names them."""
        return Assignee(
            key=MemberKey("ana"),
            name=self.far_side.member_name,
            platform=self.platform.name,
            person=self.far_side.member,
        )


ShoreMaker: TypeAlias = Callable[[GivenClock], AbstractAsyncContextManager[Shore]]
"""Builds a connected `Shore` and takes it down; the clock is the one given to `build`."""


def button(label: str, verb: Verb = Verb.CLAIM, **more) -> Button:
    return Button(label=label, verb=verb, ticket=TICKET, epoch=3, **more)


def card(**changes) -> Card:
    facts = {
        "ticket": TICKET,
        "number": 1042,
        "epoch": 3,
        "accent": Accent.OPEN,
        "symbol": "●",
        "state_word": "High",
        "title": "Refund not received",
        "who": ("Mara · French",),
        "status": ("Nobody has it.",),
        "body": ("Asked for a person. Order 4411 returned on 3 Nov.",),
        "footer": ("Nothing written here reaches Mara.",),
        "rule": "french",
        "buttons": (button("Claim"), button("Close", Verb.CLOSE)),
        "more": (button("Why here?", Verb.WHY), button("Transcript", Verb.TRANSCRIPT)),
    }
    return Card(**(facts | changes))


def speech(text: str, **changes) -> Speech:
    facts = {"speaker": Speaker.USER, "name": "Mara", "at": datetime(2026, 11, 23, 10, 0, tzinfo=UTC)}
    return Speech(text=text, **(facts | changes))


def pressed(event: ChatEvent) -> ButtonPressed:
    assert isinstance(event, ButtonPressed)
    return event
