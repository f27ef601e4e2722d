"""The team: claims, writes, corrects, closes, in threads of two platforms and in the console; hasty and late."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bridge.domain.events import (
    ButtonPressed,
    ChatEvent,
    CommandGiven,
    EventKey,
    Intent,
    PersonDeleted,
    PersonEdited,
    PersonWrote,
    ThreadGone,
    Verb,
)
from bridge.domain.paint import Nothing, Notice
from bridge.domain.people import Assignee, Person
from bridge.domain.refs import MessageRef, ThreadRef, TicketId
from tests.simulation.channels import Thread
from tests.simulation.faults import Fault
from tests.simulation.rules import ACCOUNTS, CONSOLE, person
from tests.simulation.users import Users
from tests.simulation.words import How, Said, Word
from tests.simulation.world import World

CLICKS = (
    Verb.CLAIM, Verb.CLAIM, Verb.CLAIM, Verb.CLAIM, Verb.RELEASE, Verb.CLOSE, Verb.REOPEN, Verb.TAKE_OVER, Verb.SNOOZE,
    Verb.WAKE, Verb.ASSIGN, Verb.ASK_HAND_OVER, Verb.UNDO_CLOSE,
)  # fmt: skip
TEAM = ("Ana", "Ben", "Lea")


class Members:
    """Everybody on the team's side; Eve, who is of no team, tries as well."""

    def __init__(self, world: World, said: Said, users: Users) -> None:
        self._world = world
        self._said = said
        self._users = users
        self._keys = 0
        self._old_cards: dict[TicketId, int] = {}
        self._last_of: dict[tuple[str, ThreadRef], float] = {}
        self.claims = 0
        world.on_whisper = self._whispered

    def plan(self, seconds: float) -> None:
        rng, after = self._world.rng, self._world.agenda.after
        acts = (
            *(self.click,) * 6, *(self.write,) * 8, *(self.note,) * 2, *(self.write_in_console,) * 3, self.edit,
            self.delete, self.command,
        )  # fmt: skip
        for _ in range(rng.randrange(8, 26)):
            after(rng.uniform(3.0, seconds), rng.choice(acts))
        if rng.random() < 0.3:
            after(rng.uniform(seconds / 3, seconds), self.delete_thread)

    # ── clicks ────────────────────────────────────────────────────────────

    def click(self) -> None:
        ticket = self._some_ticket()
        if ticket is None:
            return
        rng, world = self._world.rng, self._world
        name, verb = rng.choice((*TEAM, *TEAM, "Eve")), rng.choice(CLICKS)
        thread = self._thread_of(ticket)
        platform = thread.ref.lane.platform if thread is not None and rng.random() < 0.7 else CONSOLE
        if platform not in ACCOUNTS[name]:
            return
        epoch = thread.card.epoch if thread is not None else None
        if ticket in self._old_cards and world.weather.strikes(Fault.STALE, 3.0):
            epoch = self._old_cards[ticket]
        elif epoch is not None:
            self._old_cards.setdefault(ticket, epoch)
        self.press(person(name, platform), ticket, verb, epoch=epoch)
        if world.weather.strikes(Fault.TWICE, 2.0):
            self.press(person(name, platform), ticket, verb, epoch=epoch)
        if verb is Verb.CLAIM and rng.random() < 0.4:
            other = rng.choice(TEAM)
            world.agenda.after(rng.uniform(0, 0.1), lambda: self.press(person(other, CONSOLE), ticket, verb))

    def press(self, who: Person, ticket: TicketId, verb: Verb, **more: Any) -> None:
        key = self._key(who.platform)
        fields = more.pop("fields", {})
        rng = self._world.rng
        named = person(rng.choice(TEAM), who.platform) if verb is Verb.ASSIGN else None
        rests = rng.uniform(10, 60)

        def make() -> ChatEvent:
            now = self._world.clock.now()
            said = {"until": (now + timedelta(seconds=rests)).isoformat()} if verb is Verb.SNOOZE else fields
            said = {**said, "to": named.id} if named is not None else said
            return ButtonPressed(
                key=key, person=who, at=now, ticket=ticket, verb=verb, fields=said, named=named, **more
            )  # fmt: skip

        # A click nobody answered is not sent again by itself.
        self._report(make, lambda answer: None, again=rng.random() < 0.5)

    def command(self) -> None:
        thread, name = self._some_thread(), self._world.rng.choice(TEAM)
        if thread is None:
            return
        key = self._key(thread.ref.lane.platform)
        word = self._world.rng.choice(("claim", "release", "close"))

        def make() -> ChatEvent:
            who = person(name, thread.ref.lane.platform)
            return CommandGiven(
                key=key, person=who, at=self._world.clock.now(), words=(word,), lane=thread.ref.lane, thread=thread.ref
            )  # fmt: skip

        self._report(make, lambda answer: None, again=False)

    def _whispered(self, place: ThreadRef, to: Assignee, notice: Notice) -> None:
        """Whoever is asked something answers it, sometimes."""
        name = next((name for name, at in ACCOUNTS.items() if at.get(place.lane.platform) == to.person), None)
        buttons = [button for button in notice.buttons if not button.form and button.url is None]
        rng = self._world.rng
        if name is None or not buttons or rng.random() < 0.3:
            return
        button = rng.choice(buttons)
        who = person(name, place.lane.platform)
        self._world.agenda.after(
            rng.uniform(0.5, 40.0),
            lambda: self.press(
                who, button.ticket, button.verb, epoch=button.epoch, message=button.message, fields=dict(button.fields)
            ),
        )

    # ── words ─────────────────────────────────────────────────────────────

    def write(self) -> None:
        """Plainly, in a thread; also in one that the middle does not know yet."""
        self._write_in_thread(How.THREAD, "")

    def note(self) -> None:
        if self._world.rng.random() < 0.5:
            self._write_in_thread(How.NOTE, "note: ")
        else:
            self._write_in_console(How.NOTE, Intent.NOTE)

    def write_in_console(self) -> None:
        rng = self._world.rng
        self._write_in_console(How.CONSOLE, rng.choice((Intent.REPLY, Intent.CLAIM_AND_REPLY)))

    def _write_in_thread(self, how: How, before: str) -> None:
        thread, rng = self._some_thread(), self._world.rng
        if thread is None:
            return
        lane = thread.ref.lane
        name = rng.choice((*TEAM, *TEAM, "Eve"))
        word = self._said.new(thread.card.ticket, name, how)
        word.thread = thread.ref
        word.origin = MessageRef(lane, thread.ref.root, self._world.chats[lane.platform].channels.fresh("said"))
        key = EventKey(lane.platform, word.origin.message)
        mentions = ("Ben",) if rng.random() < 0.15 else ()

        def make() -> ChatEvent:
            return PersonWrote(
                key=key, person=person(name, lane.platform), at=self._world.clock.now(), text=before + word.text,
                thread=thread.ref, origin=word.origin, mentions=mentions,
            )  # fmt: skip

        self._report(make, lambda answer: self._heard(word, answer), again=True)

    def _write_in_console(self, how: How, intent: Intent) -> None:
        ticket = self._some_ticket()
        if ticket is None:
            return
        name = self._world.rng.choice(TEAM)
        word = self._said.new(ticket, name, how)
        key = self._key(CONSOLE)

        def make() -> ChatEvent:
            return PersonWrote(
                key=key, person=person(name, CONSOLE), at=self._world.clock.now(), text=word.text, ticket=ticket,
                intent=intent,
            )  # fmt: skip

        self._report(make, lambda answer: self._heard(word, answer), again=True)

    def edit(self) -> None:
        word = self._some_word()
        if word is None:
            return
        word.edited = True
        # A note stays one: without its word nobody would know, if it was not judged yet.
        text = ("note: " if word.how is How.NOTE else "") + f"{word.token} edited"
        platform = word.thread.lane.platform if word.thread is not None else CONSOLE
        key = self._key(platform)

        def make() -> ChatEvent:
            return PersonEdited(
                key=key, person=person(word.by, platform), at=self._world.clock.now(), text=text,
                origin=word.origin,
            )  # fmt: skip

        self._report(make, lambda answer: None, again=True)

    def delete(self) -> None:
        word = self._some_word()
        if word is None:
            return
        word.deleting = True
        platform = word.thread.lane.platform if word.thread is not None else CONSOLE
        key = self._key(platform)

        def make() -> ChatEvent:
            return PersonDeleted(
                key=key, person=person(word.by, platform), at=self._world.clock.now(), origin=word.origin
            )  # fmt: skip

        self._report(make, lambda answer: None, again=True)

    def delete_thread(self) -> None:
        thread = self._some_thread()
        if thread is None or self._world.weather.clear:
            return
        self._world.weather.note(Fault.THREAD_DELETED)
        thread.deleted = True
        key = self._key(thread.ref.lane.platform)

        def make() -> ChatEvent:
            return ThreadGone(key=key, thread=thread.ref, at=self._world.clock.now())

        self._report(make, lambda answer: None, again=True)

    # ── what they see ─────────────────────────────────────────────────────

    def _heard(self, word: Word, answer: Any) -> None:
        if isinstance(answer, Exception) or (isinstance(answer, Notice) and answer.refused):
            word.refused = type(answer).__name__
        elif isinstance(answer, Nothing | Notice):
            self._said.accept(word)

    def _report(self, make: Callable[[], ChatEvent], answered: Callable[[Any], None], *, again: bool) -> None:
        """Platforms may deliver an event several times, and one before another."""
        world, rng = self._world, self._world.rng
        if world.weather.strikes(Fault.SHUFFLED):
            world.agenda.after(rng.uniform(0.2, 2.0), lambda: world.report(make, answered, again=again))
        else:
            world.report(make, answered, again=again)
        while world.weather.strikes(Fault.REPEATED):
            wait = rng.uniform(0.0, 4.0)
            world.agenda.after(wait, lambda: world.report(make, lambda answer: None, again=False))

    def _some_ticket(self) -> TicketId | None:
        tickets = [each.ticket for each in self._users.conversations if each.ticket is not None]
        return self._world.rng.choice(tickets) if tickets else None

    def _some_thread(self) -> Thread | None:
        up = [shore.channels for shore in self._world.chats.values() if shore.channels.connected]
        threads = [
            thread for each in up for thread in each.threads.values()
            if not thread.deleted and thread.ref.lane not in each.archived
        ]  # fmt: skip
        return self._world.rng.choice(threads) if threads else None

    def _thread_of(self, ticket: TicketId) -> Thread | None:
        every = [thread for shore in self._world.chats.values() for thread in shore.channels.threads.values()]
        return next((each for each in reversed(every) if each.card.ticket == ticket and not each.deleted), None)

    def _some_word(self) -> Word | None:
        words = [
            word for word in self._said.words.values()
            if word.how is not How.USER and word.order is not None and word.origin is not None and not word.deleting
        ]  # fmt: skip
        return self._world.rng.choice(words) if words else None

    def _key(self, platform: str) -> EventKey:
        self._keys += 1
        return EventKey(platform, f"event-{self._keys}")
