"""What Slack says of how we are set up, for `handrail doctor`: each finding with the click or command that mends it."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, cast

from adapters.chat.slack.grants import SCOPES, needed
from adapters.chat.slack.manifest import PATH
from adapters.chat.slack.options import SlackOptions
from adapters.chat.slack.platform.calls import SlackCalls
from adapters.chat.slack.platform.http import TOLERANCE
from bridge.domain.errors import AccessMissing, DeliveryError, DestinationGone, PlatformDown, Undeliverable
from bridge.ports.clock import Clock
from bridge.ports.findings import Finding, Mark
from bridge.ports.knocking import address

AT_ONCE: Final = 4
GROUP: Final = (
    "Look at it under People → User groups, and at slack_group in the config. Free plans have no groups: say "
    "members_of: channel instead."
)
SKEW: Final = timedelta(seconds=5)
REINSTALL: Final = "Install the app again (Install App) and put its new bot token in place."
AGAIN: Final = (
    "Paste handrail slack manifest under App Manifest at api.slack.com/apps, then Install App → Reinstall to Workspace."
)
LATER: Final = "Look at status.slack.com and at this machine's network, then ask again in a minute."
MAKE_ONE: Final = "Make one under Basic Information → App-Level Tokens with the scope connections:write."


class Examination:
    """A few cheap calls. Nothing changes there."""

    def __init__(self, name: str, options: SlackOptions, calls: SlackCalls, clock: Clock) -> None:
        self._name = name
        self._options = options
        self._calls = calls
        self._clock = clock
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def findings(self, channels: Sequence[str]) -> Sequence[Finding]:
        try:
            home = await self._calls("auth.test")
        except PlatformDown as error:
            return (self._bad(f"Slack refuses the bot token ({_code(error)})", REINSTALL),)
        except DeliveryError as error:
            return (self._doubt(f"Slack cannot be asked just now ({error.reason})", LATER),)
        found = [self._good(f"Slack takes the bot token, in the workspace {home.get('team') or home.get('team_id')}")]
        found += [*self._of_scopes(), *self._of_clock(), await self._of_the_way_in()]
        looks = [self._of_channel(channel, str(home.get("user") or "Handrail")) for channel in channels]
        looks += [self._of_group(group) for group in self._options.groups]
        return [*found, *(await asyncio.gather(*looks))]

    def _of_scopes(self) -> Iterator[Finding]:
        granted = self._calls.granted
        if granted is None:
            return
        missing = [scope for scope in SCOPES if scope in needed() - granted]
        for scope in missing:
            yield self._bad(f"the app lacks the scope {scope}: it cannot {SCOPES[scope]}", AGAIN)
        if not missing:
            yield self._good("the app has every scope of the manifest")

    def _of_clock(self) -> Iterator[Finding]:
        if self._calls.slack_time is None:
            return
        off = abs((self._clock.now() - self._calls.slack_time).total_seconds())
        if off <= SKEW.total_seconds():
            yield self._good("Slack's clock agrees with this machine's")
            return
        what, fix = f"Slack's clock and this machine's differ by {off:.0f} s", "Have this machine's set by NTP."
        refuses = self._options.signing_secret is not None and off > TOLERANCE
        yield self._bad(f"{what}: its requests are refused", fix) if refuses else self._doubt(what, fix)

    async def _of_the_way_in(self) -> Finding:
        if self._options.app_token is None:
            path = address(self._name, PATH)
            return self._good(f"HTTP mode: Slack posts to {path} below public_url (Event Subscriptions → Verify)")
        try:
            await self._calls.socket_address(self._options.app_token.get_secret_value())
        except PlatformDown as error:
            return self._bad(f"Slack refuses the app-level token ({_code(error)})", MAKE_ONE)
        except AccessMissing as error:
            fix = f"{MAKE_ONE} And switch Socket Mode on, if it is off (Settings → Socket Mode)."
            return self._bad(f"the app-level token opens no socket ({_code(error)})", fix)
        except DeliveryError as error:
            fix = "Switch Socket Mode on (Settings → Socket Mode); if it is on, look at status.slack.com."
            return self._doubt(f"no socket can be opened just now ({_code(error)})", fix)
        return self._good("the app-level token opens a socket")

    async def _of_channel(self, channel: str, bot: str) -> Finding:
        invite = f"In Slack, in that channel: /invite @{bot}"
        try:
            async with self._gate:
                answer = await self._calls("conversations.info", channel=channel)
                about = cast("Mapping[str, Any]", answer.get("channel") or {})
                called = f"#{about.get('name') or channel} ({channel})"
                if about.get("is_archived"):
                    return self._bad(f"{called} is archived", "Unarchive it, or name another channel in the config.")
                if about.get("is_member") is False:
                    return self._bad(f"the app is not in {called}", invite)
                await self._calls("conversations.history", channel=channel, limit=1)
        except DestinationGone as error:
            fix = (
                f"Is the id right (/handrail here prints it)? A private channel shows only once the app is in: {invite}"
            )
            return self._bad(f"there is no channel {channel} for the app ({_code(error)})", fix)
        except AccessMissing as error:
            return self._bad(f"the app may not read {channel} ({error.reason})", AGAIN)
        except DeliveryError as error:
            return self._doubt(f"{channel} cannot be looked at just now ({error.reason})", LATER)
        return self._good(f"the app is in {called} and can read it")

    async def _of_group(self, group: str) -> Finding:
        try:
            async with self._gate:
                answer = await self._calls("usergroups.users.list", usergroup=group)
        except AccessMissing as error:
            return self._bad(f"the app may not read the user group {group} ({error.reason})", AGAIN)
        except PlatformDown as error:
            return self._bad(f"Slack refuses the bot token ({_code(error)})", REINSTALL)
        except Undeliverable as error:
            return self._bad(f"the user group {group} cannot be read ({_code(error)})", GROUP)
        except DeliveryError as error:
            return self._doubt(f"the user group {group} cannot be read just now ({error.reason})", LATER)
        users = answer.get("users")
        count = len(users) if isinstance(users, list) else 0
        if not count:
            return self._doubt(f"nobody is in the user group {group}: nobody of its team may claim", GROUP)
        return self._good(f"the user group {group} has {count} {'member' if count == 1 else 'members'}")

    def _good(self, what: str) -> Finding:
        return Finding(mark=Mark.GOOD, what=f"{self._name}: {what}")

    def _doubt(self, what: str, fix: str) -> Finding:
        return Finding(mark=Mark.DOUBT, what=f"{self._name}: {what}", fix=fix)

    def _bad(self, what: str, fix: str) -> Finding:
        return Finding(mark=Mark.BAD, what=f"{self._name}: {what}", fix=fix)


def _code(error: DeliveryError) -> str:
    """Slack's own word, without what we say behind it: the finding has a better fix."""
    return error.reason.partition(" (")[0]
