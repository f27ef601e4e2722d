"""Collects what one decision says, so that every effect keeps its place in the ticket's log."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bridge.domain.change import Arm, Callback, Change, Disarm, Entry, Fate, Rewrite, Told
from bridge.domain.errors import NotAllowed
from bridge.domain.events import TimerKind
from bridge.domain.people import Actor
from bridge.domain.refs import MessageId
from bridge.domain.ticket import Ticket
from bridge.domain.words import Brief, Message, Scalar, User, WordsKind, WordsState


class Telling:
    """The change in the making. Lives inside one decision only."""

    def __init__(self, ticket: Ticket, actor: Actor, now: datetime, via: str = "button") -> None:
        self.before = ticket
        self.ticket = ticket
        self.actor = actor
        self.now = now
        self.via = via
        self._entries: list[Entry] = []
        self._told: list[Told] = []
        self._timers: list[Arm | Disarm] = []
        self._messages: list[Message] = []
        self._rewrites: list[Rewrite] = []
        self._callbacks: list[Callback] = []
        self._brief: Brief | None = None
        self._user: User | None = None

    def become(self, ticket: Ticket) -> None:
        """The ticket as it is now; its epoch follows the owner by itself."""
        moved = ticket.owner is not self.ticket.owner
        self.ticket = replace(ticket, epoch=ticket.epoch + 1) if moved else ticket

    def log(
        self,
        kind: str,
        *,
        tell: bool = False,
        told_as: str | None = None,
        message: MessageId | None = None,
        actor: Actor | None = None,
        more: Mapping[str, Scalar] | None = None,
        **facts: Scalar,
    ) -> None:
        """Write a line of the log; with `tell` the bot hears it under the same name, with `told_as` under that."""
        seq = self.ticket.seq + 1
        self.ticket = replace(self.ticket, seq=seq)
        who = actor or self.actor
        said = {name: value for name, value in {**facts, **(more or {})}.items() if value is not None}
        self._entries.append(Entry(seq=seq, kind=kind, actor=who, at=self.now, facts=said, message=message))
        if tell or told_as is not None:
            told = Told(
                type=told_as or kind, seq=seq, at=self.now, actor=who, facts=said, message=message, ticket=self.ticket
            )
            self._told.append(told)

    def arm(self, timer: TimerKind, due: datetime | None, subject: str = "") -> None:
        """Set a timer, or take it away when there is nothing to wait for."""
        if due is None:
            self._timers.append(Disarm(timer=timer, subject=subject))
        else:
            self._timers.append(Arm(timer=timer, due=due, subject=subject))

    def disarm(self, timer: TimerKind, subject: str | None = None) -> None:
        self._timers.append(Disarm(timer=timer, subject=subject))

    def add(self, message: Message) -> None:
        """Keep words. Those that come after the thread was lost are not in the new one's history: they are later."""
        lost = self.ticket.displaced
        if lost is not None and message.kind is not WordsKind.HISTORY and message.at <= lost.at:
            message = replace(message, at=lost.at + timedelta(microseconds=1))
        latest = max(message.at, self.ticket.last_words_at or message.at)
        self.ticket = replace(self.ticket, last_words_at=latest)
        self._messages.append(message)

    def rewrite(
        self,
        message: MessageId,
        *,
        kind: WordsKind | None = None,
        state: WordsState | None = None,
        text: str | None = None,
        revision: int | None = None,
    ) -> None:
        edited_at = self.now if text is not None else None
        self._rewrites.append(
            Rewrite(message=message, kind=kind, state=state, text=text, revision=revision, edited_at=edited_at)
        )

    def callback(self, message: MessageId, fate: Fate, stale_at: datetime | None = None) -> None:
        """What becomes of a reply of which the bot has not heard yet."""
        held = any(stale.message == message for stale in self.ticket.stale)
        self._callbacks.append(Callback(message=message, fate=fate, held=held, stale_at=stale_at))

    def keep(self, brief: Brief | None = None, user: User | None = None) -> None:
        self._brief = brief or self._brief
        self._user = user or self._user

    def refuse(self, code: str, **facts: Scalar) -> NotAllowed:
        """The refusal to raise; every one names the ticket."""
        return NotAllowed(code, number=self.ticket.number, ticket=self.ticket.id, epoch=self.ticket.epoch, **facts)

    def done(self, code: str, **facts: Scalar) -> Change:
        """The finished change; its version counts one more."""
        return Change(
            ticket=replace(self.ticket, version=self.ticket.version + 1),
            code=code,
            entries=tuple(self._entries),
            told=tuple(self._told),
            callbacks=tuple(self._callbacks),
            timers=tuple(self._timers),
            messages=tuple(self._messages),
            rewrites=tuple(self._rewrites),
            brief=self._brief,
            user=self._user,
            facts={name: value for name, value in facts.items() if value is not None},
        )
