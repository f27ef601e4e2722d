"""A ticket's story told in a test: one conversation, its people, and a clock that moves when told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bridge.domain import actions as act
from bridge.domain.actions import Action
from bridge.domain.capabilities import BotCapabilities
from bridge.domain.change import Arm, Change, Disarm
from bridge.domain.events import Escalated, EventKey, Intent, TimerKind, Turn, UserFacts
from bridge.domain.fanout.replies import late
from bridge.domain.lifecycle import decide
from bridge.domain.lifecycle.opening import Arrival, escalate
from bridge.domain.people import Actor, ActorKind
from bridge.domain.policy import Idle, Ladder, Policy, Step, StepKind, Until
from bridge.domain.refs import BotName, Lane, MemberKey, MessageId, MessageRef, TicketId, UserId
from bridge.domain.ticket import Ticket
from bridge.domain.words import Author, Message, User, WordsKind, WordsState

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
LANE = Lane("acme-slack", "C0HELP")
BOT = BotName("shop-bot")
MARA = User(id=UserId("usr_mara"), bot=BOT, external_id="u_17", name="Mara", locale="fr-FR")
BY_BOT = Actor(kind=ActorKind.BOT, key=MemberKey(BOT), name=BOT)
BY_CLOCK = Actor(kind=ActorKind.SYSTEM, key=MemberKey("clock"), name="Handrail")

WAITING = Ladder(
    name="waiting", clock=None, until=Until.CLAIMED, rearm=True,
    steps=(Step(after=timedelta(minutes=3), do=StepKind.MENTION, who="team"),
           Step(after=timedelta(minutes=10), do=StepKind.DIGEST)),
)  # fmt: skip
ANSWERING = Ladder(
    name="answering", clock=None, until=Until.REPLIED, rearm=True,
    steps=(Step(after=timedelta(minutes=10), do=StepKind.NUDGE, who="assignee"),
           Step(after=timedelta(minutes=25), do=StepKind.RELEASE)),
)  # fmt: skip
POLICY = Policy(
    route="fallback", rulebook="d1", lane=LANE, team="support", waiting=WAITING, answering=ANSWERING,
    idle=Idle(warn=timedelta(hours=22), close=timedelta(hours=24)),
)  # fmt: skip


def member(name: str, *, team: str = "support", platform: str = "acme-slack", known: bool = True) -> Actor:
    return Actor(
        kind=ActorKind.MEMBER, key=MemberKey(name.lower()), name=name, known=known,
        teams=frozenset({team} if known else ()), platform=platform, person=f"U{name.upper()}",
    )  # fmt: skip


ANA, BEN = member("Ana"), member("Ben")
EVE = member("Eve", team="sales")


class Story:
    """Applies decisions one after the other and remembers every change."""

    def __init__(self, policy: Policy = POLICY, **more) -> None:
        self.now = START
        self.changes: list[Change] = []
        self.messages: dict[MessageId, Message] = {}
        self.timers: dict[tuple[TimerKind, str], datetime] = {}
        self._count = 0
        event = Escalated(
            bot=BOT, key=EventKey("bot:shop-bot", "e1"), fingerprint="f", at=self.now, conversation="web-1",
            user=UserFacts(external_id="u_17", name="Mara"), title="Refund not received",
            transcript=(Turn(author=Author.USER, text="where is my refund?", external_id="m1"),),
            capabilities=BotCapabilities(edit=True, delete=True, typing=True), **more,
        )  # fmt: skip
        self.arrival = self.arriving(event, policy)
        self.ticket: Ticket = self.keep(escalate(self.arrival, None, None, ())).ticket

    def arriving(self, event: Escalated, policy: Policy = POLICY) -> Arrival:
        turns = tuple(
            Message(
                id=self.new_message(), ticket=TicketId("tkt_1"), kind=WordsKind.HISTORY, author=turn.author,
                author_key=MARA.id, author_name=None, text=turn.text, at=self.now, state=WordsState.RECEIVED,
                external_id=turn.external_id,
            ) for turn in event.transcript
        )  # fmt: skip
        return Arrival(
            event=replace(event, at=self.now), ticket=TicketId("tkt_1"), user=MARA, policy=policy,
            reason="no rule fits", actor=BY_BOT, messages=turns,
        )  # fmt: skip

    def new_message(self) -> MessageId:
        self._count += 1
        return MessageId(f"msg_{self._count}")

    def later(self, **span: float) -> "Story":
        self.now += timedelta(**span)
        return self

    def does(self, actor: Actor, action: Action) -> Change | None:
        change = decide(self.ticket, action, actor, self.now)
        if change is not None:
            self.keep(change)
        return change

    def writes(self, actor: Actor, text: str, intent: Intent = Intent.PLAIN, mentions: tuple[str, ...] = ()) -> Message:
        """A member writes in the thread (or in the console, with an intent)."""
        message = self.new_message()
        origin = MessageRef(LANE, "root", message) if intent is Intent.PLAIN else None
        self.does(actor, act.Write(message=message, text=text, intent=intent, mentions=mentions, origin=origin))
        return self.messages[message]

    def user_says(self, text: str, *, opens: bool = True) -> Change:
        message = Message(
            id=self.new_message(), ticket=self.ticket.id, kind=WordsKind.USER, author=Author.USER, author_key=MARA.id,
            author_name=None, text=text, at=self.now, state=WordsState.RECEIVED,
        )  # fmt: skip
        change = self.does(BY_BOT, act.UserSaid(message=message, opens=opens))
        assert change is not None
        return change

    def time_passes(self, **span: float) -> list[Change]:
        """Move time on; every timer that falls due on the way acts at its moment."""
        end, acted = self.now + timedelta(**span), []
        while self.timers:
            (kind, subject), due = min(self.timers.items(), key=lambda item: item[1])
            if due > end:
                break
            del self.timers[kind, subject]
            self.now = max(self.now, due)
            change = self._is_late(subject) if kind is TimerKind.LATE else (
                self.does(BY_CLOCK, clock_action(kind, subject, due))
            )  # fmt: skip
            if change is not None:
                acted.append(change)
        self.now = end
        return acted

    def _is_late(self, subject: str) -> Change | None:
        change = late(self.ticket, self.messages[MessageId(subject)], self.now, down_since=None)
        return None if change is None else self.keep(change)

    def keep(self, change: Change) -> Change:
        self.ticket = change.ticket
        self.changes.append(change)
        for message in change.messages:
            self.messages[message.id] = message
        for rewrite in change.rewrites:
            old = self.messages[rewrite.message]
            self.messages[rewrite.message] = replace(
                old, text=rewrite.text or old.text, state=rewrite.state or old.state,
                revision=rewrite.revision or old.revision,
            )  # fmt: skip
        for timer in change.timers:
            match timer:
                case Arm():
                    self.timers[timer.timer, timer.subject] = timer.due
                case Disarm():
                    for key in [k for k in self.timers if k[0] is timer.timer and timer.subject in {None, k[1]}]:
                        del self.timers[key]
        return change

    @property
    def told(self) -> list[str]:
        return [told.type for change in self.changes for told in change.told]

    @property
    def sent(self) -> list[str]:
        """What left for the user, in order."""
        return [
            self.messages[told.message].text
            for change in self.changes for told in change.told
            if told.type == "message.created" and told.message
        ]  # fmt: skip

    @property
    def log(self) -> list[str]:
        return [entry.kind for change in self.changes for entry in change.entries]


def clock_action(kind: TimerKind, subject: str, due: datetime) -> Action:
    return {
        TimerKind.UNDO: lambda: act.Send(message=MessageId(subject)),
        TimerKind.HELD: lambda: act.HeldTooLong(message=MessageId(subject)),
        TimerKind.WAITING: lambda: act.ClimbWaiting(due=due),
        TimerKind.ANSWERING: lambda: act.ClimbAnswering(due=due),
        TimerKind.SNOOZE: lambda: act.Wake(by_clock=True),
        TimerKind.IDLE_WARN: act.WarnIdle,
        TimerKind.IDLE_CLOSE: act.CloseIdle,
    }[kind]()


def claimed(story: Story) -> Story:
    """Ana has it."""
    story.does(ANA, act.Claim())
    return story
