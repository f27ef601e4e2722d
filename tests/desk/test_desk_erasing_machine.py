"""Whatever happens before, after and again: no word of an erased user is there any more."""

import asyncio
import shutil
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from bridge.domain.capabilities import BotCapabilities
from bridge.domain.errors import HandrailError
from bridge.domain.events import (
    ButtonPressed,
    Escalated,
    Event,
    Intent,
    PersonDeleted,
    PersonEdited,
    PersonWrote,
    Turn,
    UserDeleted,
    UserEdited,
    UserFacts,
    UserWrote,
    Verb,
)
from bridge.domain.events.operators import Operator, UserErasure
from bridge.domain.refs import TicketId, UserId
from bridge.domain.ticket import TicketState, WhyEmptied
from bridge.domain.words import Author
from bridge.store import Store
from tests.desk.house import ANA, SHOP, House, book_for
from tests.given_time import GivenClock

USERS = st.sampled_from(["u_1", "u_2"])
CONVERSATIONS = st.sampled_from(["web-1", "web-2"])
IDS = st.sampled_from([f"m{n}" for n in range(8)])
WHICH = st.integers(0, 50)
VERBS = st.sampled_from([Verb.CLAIM, Verb.CLOSE, Verb.REOPEN, Verb.RELEASE])


class Lives(RuleBasedStateMachine):
    folder: Path
    template: Path
    count = 0

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        Lives.count += 1
        home = self.folder / str(Lives.count)
        home.mkdir()
        shutil.copyfile(self.template, home / "handrail.db")
        self.clock = GivenClock()
        self.store = self.runner.run(Store.open(f"sqlite://{home}/handrail.db", clock=self.clock))
        self.runner.run(self.store.start())
        self.house = House(self.store, book_for(home), self.clock)
        self.done: list[Event] = []
        self.tickets: list[TicketId] = []
        self.erased: set[UserId] = set()

    def teardown(self) -> None:
        self.runner.run(self.store.close())
        self.runner.close()

    def handle(self, event: Any) -> Any:
        """Refusals are fine; what they leave behind is looked at."""
        self.done.append(event)
        with suppress(HandrailError):
            return self.runner.run(self.house.desk.handle(event))
        return None

    def run(self, asked: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(asked)

    def bot(self) -> dict[str, Any]:
        return {"bot": SHOP, "key": self.house.key("bot:shop-bot"), "fingerprint": "f", "at": self.clock.now()}

    @rule(user=USERS, conversation=CONVERSATIONS, external_id=IDS)
    def escalates(self, user: str, conversation: str, external_id: str) -> None:
        verdict = self.handle(Escalated(
            **self.bot(), conversation=conversation, user=UserFacts(external_id=user, name="kanari"), title="kanari",
            transcript=(Turn(author=Author.USER, text="kanari", external_id=external_id),),
            capabilities=BotCapabilities(edit=True, delete=True), notices="relay",
        ))  # fmt: skip
        if verdict is not None:
            self.tickets.append(verdict.ticket.id)

    @precondition(lambda self: self.tickets)
    @rule(which=WHICH, external_id=IDS, how=st.sampled_from(["says", "edits", "deletes"]))
    def user_acts(self, which: int, external_id: str, how: str) -> None:
        common = {**self.bot(), "ticket": self.tickets[which % len(self.tickets)], "external_id": external_id}
        if how == "deletes":
            self.handle(UserDeleted(**common))
        else:
            self.handle((UserWrote if how == "says" else UserEdited)(**common, text="kanari again"))

    @precondition(lambda self: self.tickets)
    @rule(which=WHICH, intent=st.sampled_from(Intent))
    def member_writes(self, which: int, intent: Intent) -> None:
        self.handle(PersonWrote(
            key=self.house.key("console"), person=ANA, at=self.clock.now(), text="dear kanari",
            ticket=self.tickets[which % len(self.tickets)], intent=intent,
        ))  # fmt: skip

    @precondition(lambda self: self.tickets)
    @rule(which=WHICH, nth=WHICH, deletes=st.booleans())
    def member_revises(self, which: int, nth: int, *, deletes: bool) -> None:
        said = self.run(self.store.messages.of(self.tickets[which % len(self.tickets)]))
        common = {"key": self.house.key(), "person": ANA, "at": self.clock.now(), "message": said[nth % len(said)].id}
        self.handle(PersonDeleted(**common) if deletes else PersonEdited(**common, text="kanari, better"))

    @precondition(lambda self: self.tickets)
    @rule(which=WHICH, verb=VERBS)
    def member_presses(self, which: int, verb: Verb) -> None:
        ticket = self.tickets[which % len(self.tickets)]
        self.handle(
            ButtonPressed(key=self.house.key(), person=ANA, at=self.clock.now(), ticket=ticket, verb=verb)
        )  # fmt: skip

    @precondition(lambda self: self.done)
    @rule(which=WHICH)
    def an_event_comes_again(self, which: int) -> None:
        self.handle(self.done[which % len(self.done)])

    @rule(seconds=st.sampled_from([6, 700, 90000]))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)
        self.run(self.house.fire_timers())

    @rule(user=USERS)
    def erase(self, user: str) -> None:
        found = self.run(self.store.erasures.plan(SHOP, user))
        by = Operator(key="operator:root", via="command")
        self.handle(UserErasure(bot=SHOP, external_id=user, by=by, at=self.clock.now()))
        self.done.pop()  # asked again it would erase whoever came after, as it should
        if found is not None:
            self.erased.add(found.id)

    @invariant()
    def nothing_is_left(self) -> None:
        for user in self.erased:
            for ticket in self.run(self.store.erasures.tickets(user)):
                view = self.run(self.store.tickets.view(ticket))
                assert view.ticket.state is TicketState.CLOSED
                assert view.ticket.emptied.why is WhyEmptied.ERASED
                assert {message.text for message in view.messages} <= {""}
                assert "kanari" not in repr(view)


def test_no_order_of_events_brings_an_erased_word_back(migrated_file: Path, tmp_path: Path) -> None:
    Lives.folder, Lives.template = tmp_path, migrated_file
    quick = settings(
        max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
    )  # fmt: skip
    run_state_machine_as_test(Lives, settings=quick)


@pytest.mark.parametrize("seconds", [6])
def test_the_machine_itself_stands(migrated_file: Path, tmp_path: Path, seconds: int) -> None:
    """A story by hand: what the rules do is what they say."""
    Lives.folder, Lives.template = tmp_path, migrated_file
    story = Lives()
    try:
        story.escalates(user="u_1", conversation="web-1", external_id="m1")
        story.member_presses(which=0, verb=Verb.CLAIM)
        story.member_writes(which=0, intent=Intent.REPLY)
        story.time_passes(seconds=seconds)
        said = story.run(story.store.messages.of(story.tickets[0]))
        assert [message.text for message in said][-1] == "dear kanari"
        story.erase(user="u_1")
        assert story.erased
        story.nothing_is_left()
    finally:
        story.teardown()
