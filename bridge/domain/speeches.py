"""Stored words → what is said in a thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.domain.alarms import Alarm
from bridge.domain.envelope import NOT_SAID
from bridge.domain.events import Verb
from bridge.domain.notices import line, scene_of
from bridge.domain.notices.alarms import alarm_line
from bridge.domain.paint import Button, DigestRow, QueueDigest, Speaker, Speech, Style, plain
from bridge.domain.text import excerpt
from bridge.domain.ticket import Priority, Ticket
from bridge.domain.views import InboxRow
from bridge.domain.words import Author, Message, Scalar, User, WordsKind, WordsState

LATE_AFTER = timedelta(minutes=1)
TURNS_SHOWN = 6
TURN_AT_MOST = 400
DIGEST_ROWS = 10
ALOUD = frozenset({"user_back"})
"""Lines for those who read the channel and have left the thread behind."""

SPEAKER = {
    Author.USER: Speaker.USER,
    Author.MEMBER: Speaker.MEMBER,
    Author.BOT: Speaker.BOT,
    Author.SYSTEM: Speaker.HANDRAIL,
}


def speech_of_message(message: Message, user: User, ticket: Ticket, now: datetime) -> Speech:
    """A message as the thread shows it; a deleted one says only that."""
    deleted = message.state in {WordsState.DELETED, WordsState.UNSENT}
    return Speech(
        speaker=SPEAKER[message.author],
        name=_name(message, user, ticket),
        text="(deleted)" if deleted else message.text,
        at=message.at,
        avatar_url=user.avatar_url if message.author is Author.USER else None,
        user_word=ticket.policy.user_word if message.author is Author.USER else None,
        inside=message.kind is WordsKind.NOTE or message.state is WordsState.INSIDE,
        late=now - message.at > LATE_AFTER,
        edited=message.edited_at is not None and not deleted,
        attachments=() if deleted else message.attachments,
    )


def _name(message: Message, user: User, ticket: Ticket) -> str:
    if message.author is Author.USER:
        return user.called
    return message.author_name or ticket.bot


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What was said before a thread began: its last turns stand in the thread, all of them in a file."""

    turns: list[Message]
    user: User
    ticket: Ticket

    @classmethod
    def of(cls, messages: Sequence[Message], user: User, ticket: Ticket, *, until: datetime | None = None) -> "History":
        """`until` as in `PostHistory`."""
        return cls(turns=[each for each in messages if _was_said(each, until)], user=user, ticket=ticket)

    @property
    def shortened(self) -> bool:
        """Does the thread show less than all?"""
        shown = self.turns[-TURNS_SHOWN:]
        return len(shown) < len(self.turns) or any(len(" ".join(turn.text.split())) > TURN_AT_MOST for turn in shown)

    def speech(self, now: datetime) -> Speech:
        """The last turns, as the first thing under the card."""
        turns, bot = self.turns, self.ticket.bot
        shown = turns[-TURNS_SHOWN:]
        head = f"The last {len(shown)} of {len(turns)} turns with {bot}" if len(shown) < len(turns) else (
            f"{len(turns)} turn{'' if len(turns) == 1 else 's'} with {bot}"
        )  # fmt: skip
        lines = [
            f"{excerpt(_name(turn, self.user, self.ticket), 60)}: {excerpt(turn.text, TURN_AT_MOST)}" for turn in shown
        ]
        return Speech(speaker=Speaker.BOT, name=head, text="\n\n".join(lines), at=turns[-1].at if turns else now)


def _was_said(message: Message, until: datetime | None) -> bool:
    if message.kind is WordsKind.HISTORY:
        return message.state is not WordsState.DELETED
    return until is not None and message.at <= until and message.kind is not WordsKind.NOTE and (
        message.state not in NOT_SAID
    )  # fmt: skip


def line_speech(
    code: str,
    facts: Mapping[str, Scalar],
    ticket: Ticket,
    user: User,
    now: datetime,
    *,
    mention: tuple[str, ...] = (),
) -> Speech:
    """A line of Handrail's own."""
    notice = line(code, scene_of(ticket, user.called, facts))
    return Speech(
        speaker=Speaker.HANDRAIL, name="Handrail", text=plain(notice.line), at=now, buttons=notice.buttons,
        mention=mention, aloud=code in ALOUD,
    )  # fmt: skip


def alarm_speech(alarm: Alarm, now: datetime) -> Speech:
    """What those who keep the site are told."""
    return Speech(speaker=Speaker.HANDRAIL, name="Handrail", text=plain(alarm_line(alarm)), at=now)


def digest(rows: Sequence[InboxRow], now: datetime) -> QueueDigest:
    """The queue of a lane, oldest first, each with its claim button."""
    shown = tuple(
        DigestRow(
            ticket=row.ticket.id,
            number=row.ticket.number,
            title=excerpt(row.title, 80),
            who=row.user,
            waiting_since=row.ticket.waiting_since or row.ticket.created_at,
            urgent=row.ticket.priority in {Priority.HIGH, Priority.URGENT},
            claim=Button(
                label="Claim", verb=Verb.CLAIM, ticket=row.ticket.id, epoch=row.ticket.epoch, style=Style.PRIMARY
            ),
        )
        for row in rows[:DIGEST_ROWS]
    )
    return QueueDigest(rows=shown, at=now, more=max(0, len(rows) - DIGEST_ROWS))
