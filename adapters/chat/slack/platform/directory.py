"""Who is who in the workspace: asked of Slack, remembered for a while."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, cast

import structlog

from adapters.chat.slack.events.people import Facts, Home, Known
from adapters.chat.slack.platform.calls import SlackCalls
from bridge.domain.errors import DeliveryError, Undeliverable
from bridge.ports.clock import Clock

log = structlog.get_logger(__name__)

PEOPLE_FOR: Final = timedelta(minutes=10).total_seconds()
GROUPS_EVERY: Final = timedelta(minutes=10).total_seconds()
GROUPS_AGAIN: Final = timedelta(minutes=1).total_seconds()
"""After a reading that failed."""
A_GROUP: Final = 3.0
"""Seconds each group's members cost between two readings: of tier 2's twenty a minute."""
GROUPS_STALE: Final = timedelta(hours=1).total_seconds()
MOST_PEOPLE: Final = 5_000
# Slack waits three seconds for an acknowledgement, and the commit has to fit in as well.
PATIENCE: Final = 1.5


class Directory:
    """People are looked up when an event names them; the members of the configured groups by a timer."""

    def __init__(self, name: str, groups: tuple[str, ...], calls: SlackCalls, clock: Clock) -> None:
        self._name = name
        self._groups = groups
        self._calls = calls
        self._clock = clock
        self._people: OrderedDict[str, tuple[float, Facts]] = OrderedDict()
        self._handles: dict[str, str] = {}
        self._members: dict[str, frozenset[str]] | None = None
        self._read_at: float | None = None
        self._readable = True
        """How the last reading went."""
        self._changed = asyncio.Event()
        self.has_groups = True
        """Free workspaces have no user groups: none can be read, and none rings."""
        self.home: Home | None = None
        """Known once `find_home` has succeeded."""

    async def find_home(self) -> Home:
        """Ask who we are.

        Raises: a DeliveryError.
        """
        if self.home is None:
            answer = await self._calls("auth.test")
            self.home = Home(
                platform=self._name,
                team=str(answer["team_id"]),
                bot_id=str(answer.get("bot_id") or ""),
                bot_user=str(answer.get("user_id") or ""),
                url=cast("str | None", answer.get("url")),
            )
        return self.home

    async def find_app(self) -> None:
        """Learn which app is ours, so that requests of others can be told apart; without an answer, they cannot."""
        home = await self.find_home()
        try:
            answer = await self._calls("bots.info", bot=home.bot_id)
        except DeliveryError as error:
            log.warning("slack_own_app_unknown", platform=self._name, reason=error.reason)
            return
        app = cast("Mapping[str, Any]", answer.get("bot") or {}).get("app_id")
        self.home = replace(home, app=app if isinstance(app, str) else None)

    async def acquaint(self, users: set[str]) -> Known:
        """What is known of these people, after asking for those who are not; those who cannot be asked are left out."""
        now = self._clock.monotonic()
        missing = [user for user in users if user not in self._people or now - self._people[user][0] > PEOPLE_FOR]
        if missing:
            tasks = [asyncio.create_task(self._look_up(user)) for user in missing]
            _, late = await asyncio.wait(tasks, timeout=PATIENCE)
            for task in late:
                task.cancel()
        people = {user: self._people[user][1] for user in users if user in self._people}
        return Known(people=people, handles=dict(self._handles), members=self._present_members())

    async def _look_up(self, user: str) -> None:
        try:
            answer = await self._calls("users.info", user=user)
        except DeliveryError as error:
            log.warning("slack_person_unknown", platform=self._name, reason=error.reason)
            return
        self._people[user] = (self._clock.monotonic(), _facts(cast("Mapping[str, Any]", answer.get("user") or {})))
        self._people.move_to_end(user)
        while len(self._people) > MOST_PEOPLE:
            self._people.popitem(last=False)

    def staff(self) -> Iterator[str]:
        """Names that a user must not be taken for: members we met, groups, and the programs of the workspace."""
        yield from ("Slackbot", "Handrail")
        yield from self._handles.values()
        yield from (facts.name for _, facts in self._people.values() if not facts.guest and not facts.stranger)

    def forget(self, user: str) -> None:
        """Something about them changed."""
        self._people.pop(user, None)

    def group_changed(self, group: str) -> None:
        """Its members are read anew, if it is one of ours."""
        if group in self._groups:
            self._changed.set()

    async def keep_groups(self) -> None:
        """Read the configured groups again and again, until cancelled."""
        while self._groups:
            await self._nap(GROUPS_EVERY if self._readable else GROUPS_AGAIN)
            # What changes while they are read is read after it.
            self._changed.clear()
            await self.read_groups()
            await self._clock.sleep(A_GROUP * len(self._groups))

    async def _nap(self, seconds: float) -> None:
        both = asyncio.create_task(self._clock.sleep(seconds)), asyncio.create_task(self._changed.wait())
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    async def read_groups(self) -> None:
        """Read who is in the configured groups; if that fails, the last known members count for another hour."""
        if self._calls.refused:
            return  # whether a dead token lives again is one call's business, not everybody's
        members: dict[str, frozenset[str]] = {}
        try:
            for group in self._groups:
                members[group] = await self._members_of(group)
        except DeliveryError as error:
            log.warning("slack_groups_unreadable", platform=self._name, reason=error.reason)
            self.has_groups = "plan_upgrade_required" not in error.reason
            self._readable = not self.has_groups
            return
        self.has_groups = self._readable = True
        self._members, self._read_at = members, self._clock.monotonic()
        if self._groups:
            await self._read_handles()

    async def _members_of(self, group: str) -> frozenset[str]:
        try:
            answer = await self._calls("usergroups.users.list", usergroup=group)
        except Undeliverable as error:
            if not error.reason.endswith(("no_such_subteam", "subteam_not_found")):
                raise
            # A group that does not exist has no members; that must not make everybody else's unknown.
            log.warning("slack_group_missing", platform=self._name, group=group)
            return frozenset()
        users = answer.get("users")
        return frozenset(str(user) for user in users) if isinstance(users, list) else frozenset()

    async def _read_handles(self) -> None:
        try:
            answer = await self._calls("usergroups.list")
        except DeliveryError as error:
            log.warning("slack_groups_unnamed", platform=self._name, reason=error.reason)
            return
        groups = cast("list[Mapping[str, Any]]", answer.get("usergroups") or [])
        self._handles = {str(group["id"]): str(group.get("handle") or group.get("name") or "") for group in groups}

    def _present_members(self) -> Mapping[str, frozenset[str]] | None:
        if not self._groups:
            return {}
        if self._read_at is None or self._clock.monotonic() - self._read_at > GROUPS_STALE:
            return None
        return self._members


def _facts(user: Mapping[str, Any]) -> Facts:
    profile = user.get("profile") or {}
    name = profile.get("display_name") or profile.get("real_name") or user.get("real_name") or user.get("name")
    return Facts(
        name=str(name or "somebody"),
        team=user.get("team_id"),
        guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        stranger=bool(user.get("is_stranger")),
        bot=bool(user.get("is_bot")),
        avatar_url=profile.get("image_192") or profile.get("image_72"),
    )
