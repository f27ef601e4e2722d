"""Any story, in any order, keeps what a ticket promises."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from bridge.domain import actions as act
from bridge.domain.errors import NotAllowed
from bridge.domain.events import Intent, TimerKind
from bridge.domain.people import as_assignee
from bridge.domain.refs import MessageId
from bridge.domain.ticket import Outcome, Owner, TicketState
from bridge.domain.words import WordsState
from tests.domain.stories import ANA, BEN, BY_BOT, EVE, Story, member

INTENTS = st.sampled_from(Intent)
PEOPLE = st.sampled_from([ANA, BEN, EVE, member("Uma", known=False), member("Con", platform="console")])


class TicketStory(RuleBasedStateMachine):
    written = Bundle("written")

    def __init__(self):
        super().__init__()
        self.story = Story()
        self.secret: set[MessageId] = set()

    def attempt(self, actor, action):
        before = self.story.ticket
        try:
            return self.story.does(actor, action)
        except NotAllowed:
            assert self.story.ticket == before
            return None

    @rule(who=PEOPLE, over=st.booleans())
    def claim(self, who, over):
        self.attempt(who, act.Claim(take_over=over))

    @rule(who=PEOPLE, to=st.sampled_from([ANA, BEN, EVE]))
    def assign(self, who, to):
        self.attempt(who, act.Assign(to=as_assignee(to), to_teams=to.teams))

    @rule(who=PEOPLE)
    def release(self, who):
        self.attempt(who, act.Release())

    @rule(who=PEOPLE, outcome=st.sampled_from(Outcome))
    def close(self, who, outcome):
        self.attempt(who, act.Close(outcome=outcome))

    @rule(who=PEOPLE)
    def reopen(self, who):
        self.attempt(who, act.Reopen())

    @rule(outcome=st.sampled_from(Outcome))
    def take_back(self, outcome):
        self.attempt(BY_BOT, act.TakeBack(outcome=outcome))

    @rule(target=written, who=PEOPLE, text=st.sampled_from(["hi", "note: hi", "send: hi"]), intent=INTENTS,
          mentions=st.sampled_from([(), ("Ben",)]))  # fmt: skip
    def write(self, who, text, intent, mentions):
        message = self.story.new_message()
        if intent is Intent.NOTE or (text.startswith("note") and intent is Intent.PLAIN) or EVE is who:
            self.secret.add(message)
        self.attempt(who, act.Write(message=message, text=text, intent=intent, mentions=mentions))
        return message

    @rule(message=written, who=PEOPLE, send=st.booleans(), claim=st.booleans(), reopen=st.booleans())
    def decide_held(self, message, who, send, claim, reopen):
        self.attempt(who, act.DecideHeld(message=message, send=send, claim=claim, reopen=reopen))

    @rule(message=written, who=PEOPLE, delete=st.booleans())
    def revise(self, message, who, delete):
        stored = self.story.messages.get(message)
        if stored is not None:
            self.attempt(who, act.Unsend(stored=stored) if delete else act.EditWritten(stored=stored, text="changed"))

    @rule(opens=st.booleans())
    def user_writes(self, opens):
        try:
            self.story.user_says("hello?", opens=opens)
        except NotAllowed:
            assert self.story.ticket.state is TicketState.CLOSED

    @rule(who=PEOPLE, hours=st.integers(-1, 100))
    def snooze(self, who, hours):
        self.attempt(who, act.Snooze(until=self.story.now + timedelta(hours=hours)))

    @rule(seconds=st.sampled_from([1, 5, 130, 700, 4000, 90000]))
    def time(self, seconds):
        self.story.time_passes(seconds=seconds)

    @rule(seconds=st.sampled_from([10, 5000]))
    def platform_away(self, seconds):
        self.story.later(seconds=seconds)
        self.attempt(BY_BOT, act.StandStill(since=self.story.now - timedelta(seconds=seconds)))

    @invariant()
    def somebody_has_it_exactly_while_it_is_assigned(self):
        ticket = self.story.ticket
        assert (ticket.assignee is not None) == (ticket.state is TicketState.ASSIGNED) == (ticket.owner is Owner.HUMAN)

    @invariant()
    def the_log_has_no_holes(self):
        seqs = [entry.seq for change in self.story.changes for entry in change.entries]
        assert seqs == list(range(1, len(seqs) + 1))
        assert self.story.ticket.seq == len(seqs)

    @invariant()
    def versions_and_epochs_only_rise(self):
        tickets = [change.ticket for change in self.story.changes]
        for before, after in pairwise(tickets):
            assert after.version >= before.version
            assert after.epoch in {before.epoch, before.epoch + 1, before.epoch + 2}

    @invariant()
    def what_is_told_is_in_the_log(self):
        for change in self.story.changes:
            seqs = {entry.seq for entry in change.entries}
            assert all(told.seq in seqs for told in change.told if told.type != "activity.changed")

    @invariant()
    def nothing_written_inside_ever_leaves(self):
        left = {t.message for change in self.story.changes for t in change.told if t.type == "message.created"}
        assert not left & self.secret

    @invariant()
    def nothing_leaves_twice(self):
        left = [t.message for change in self.story.changes for t in change.told if t.type == "message.created"]
        assert len(left) == len(set(left))

    @invariant()
    def pending_and_held_words_have_their_timers(self):
        ticket, timers = self.story.ticket, self.story.timers
        assert {p.message for p in ticket.pending} == {s for kind, s in timers if kind is TimerKind.UNDO}
        waiting = {h.message for h in ticket.held if not h.told}
        assert waiting == {s for kind, s in timers if kind is TimerKind.HELD}

    @invariant()
    def a_closed_ticket_owes_nothing(self):
        ticket = self.story.ticket
        if ticket.state is TicketState.CLOSED:
            assert not ticket.pending
            clocks = {TimerKind.WAITING, TimerKind.ANSWERING, TimerKind.SNOOZE, TimerKind.IDLE_CLOSE, TimerKind.UNDO}
            assert not clocks & {kind for kind, _ in self.story.timers}
            pending = [m for m in self.story.messages.values() if m.state is WordsState.PENDING]
            assert not pending


TicketStory.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestTicketStory = TicketStory.TestCase
