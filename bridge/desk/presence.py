"""Signs of life that pass: shown for some seconds, never stored."""

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from bridge.domain.events import Activity
from bridge.domain.refs import MemberKey, TicketId

Sign = TypeVar("Sign")

TYPING_SHOWN = timedelta(seconds=8)
TELL_TYPING_EVERY = timedelta(seconds=4)
REMEMBERED = 2000
"""Tickets; the oldest signs are forgotten first."""


@dataclass(slots=True)
class Presence:
    """Who types where, in this process."""

    _users: dict[TicketId, tuple[Activity, datetime]] = field(default_factory=dict)
    _members: dict[TicketId, dict[MemberKey, tuple[str, bool, datetime]]] = field(default_factory=dict)
    _told: dict[TicketId, datetime] = field(default_factory=dict)

    def user_is(self, ticket: TicketId, activity: Activity, at: datetime) -> None:
        self._users.pop(ticket, None)
        self._users[ticket] = (activity, at)
        _forget(self._users)

    def member_writes(self, ticket: TicketId, key: MemberKey, name: str, *, note: bool, at: datetime) -> None:
        self._members.setdefault(ticket, {})[key] = (name, note, at)
        _forget(self._members)

    def should_tell(self, ticket: TicketId, at: datetime) -> bool:
        """Is it time to tell the bot again that the team is typing? Remembers that it was told."""
        last = self._told.get(ticket)
        if last is not None and at - last < TELL_TYPING_EVERY:
            return False
        self._told[ticket] = at
        _forget(self._told)
        return True

    def user_activity(self, ticket: TicketId, now: datetime) -> Activity | None:
        """What the user did last: typing for some seconds, having left or being online until the next sign."""
        activity, at = self._users.get(ticket, (None, now))
        if activity is Activity.TYPING and now - at > TYPING_SHOWN:
            return Activity.ONLINE
        return activity

    def writing(self, ticket: TicketId, now: datetime) -> list[tuple[MemberKey, str, bool]]:
        """Members who are writing now: key, name, and whether it is a note."""
        signs = self._members.get(ticket, {})
        return [(key, name, note) for key, (name, note, at) in signs.items() if now - at <= TYPING_SHOWN]

    def has_written(self, ticket: TicketId, key: MemberKey) -> None:
        """The member sent it: nobody types any more."""
        self._members.get(ticket, {}).pop(key, None)


def _forget(signs: MutableMapping[TicketId, Sign]) -> None:
    while len(signs) > REMEMBERED:
        signs.pop(next(iter(signs)))
