"""How we are in the workspace: signed in, heard by socket or by HTTP, and well."""

from collections.abc import Mapping
from typing import Final

import structlog

from adapters.chat.slack.manifest import PATH
from adapters.chat.slack.options import SlackOptions
from adapters.chat.slack.platform.answers import Answers
from adapters.chat.slack.platform.calls import SlackCalls
from adapters.chat.slack.platform.canary import REFUSED, Canary
from adapters.chat.slack.platform.directory import Directory
from adapters.chat.slack.platform.doors import Doors
from adapters.chat.slack.platform.http import SigningDoor
from adapters.chat.slack.platform.news import News
from adapters.chat.slack.platform.own_posts import Echoes
from adapters.chat.slack.platform.places import Places
from adapters.chat.slack.platform.rooms import Rooms
from adapters.chat.slack.platform.sockets import Sockets
from adapters.chat.slack.platform.together import together
from bridge.domain.errors import DeliveryError, PlatformDown
from bridge.ports.chat import Health, OnChatEvent
from bridge.ports.clock import Clock
from bridge.ports.knocking import Doorman

log = structlog.get_logger(__name__)

LONGEST_PAUSE: Final = 60.0


class Presence:
    """One installation of our app."""

    def __init__(
        self, name: str, options: SlackOptions, calls: SlackCalls, directory: Directory, clock: Clock
    ) -> None:  # fmt: skip
        self._name = name
        self._options = options
        self._calls = calls
        self._directory = directory
        self._clock = clock
        self._canary = Canary(name, calls, clock)
        self._way = _way_in(name, options, calls, self._canary, clock)
        self._trouble: str | None = None
        self.places = Places(calls)
        self.rooms = Rooms(name, calls, clock)

    @property
    def doors(self) -> Mapping[str, Doorman]:
        return {PATH: self._way} if isinstance(self._way, SigningDoor) else {}

    @property
    def health(self) -> Health:
        health, trouble = self._way.health, self._trouble or self._canary.trouble
        # A token that is taken again counts as a new connection: what was stopped for it goes on at once.
        since = max((at for at in (health.since, self._canary.well_since) if at is not None), default=None)
        # While the token was refused nothing reached us either.
        whole = max((at for at in (health.unbroken_since, self._canary.recovered_at) if at is not None), default=None)
        if trouble is not None:
            return Health(connected=False, since=since, trouble=trouble, unbroken_since=whole)
        return Health(connected=health.connected, since=since, trouble=health.trouble, unbroken_since=whole)

    async def run(self, on_event: OnChatEvent) -> None:
        """Stay connected until cancelled.

        Raises: PlatformDown when a token is refused.
        """
        await self._sign_in()
        if isinstance(self._way, SigningDoor):
            # A socket is opened with the app's own token; an address can be posted to by anybody.
            await self._directory.find_app()
        await self._directory.read_groups()
        news = News(self._directory, self.places, self.rooms, self._canary)
        echoes = Echoes(self._calls.own, self._clock)
        doors = Doors(self._directory, Answers(self._calls, self._options.api_url), news, echoes, self._clock)
        app = doors.app(on_event)
        try:
            await together(self._way.keep(app), self._directory.keep_groups(), self._canary.keep())
        finally:
            await doors.close()

    async def _sign_in(self) -> None:
        """Learn who we are, however long Slack is away.

        Raises: PlatformDown when the bot token is refused.
        """
        pause = 1.0
        while True:
            try:
                await self._directory.find_home()
            except PlatformDown as error:
                self._trouble = REFUSED
                log.warning("slack_token_refused", platform=self._name, reason=error.reason)
                raise
            except DeliveryError as error:
                self._trouble = "Slack cannot be reached. It is tried again and again."
                log.warning("slack_unreachable", platform=self._name, reason=error.reason)
                await self._clock.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                self._trouble = None
                return


def _way_in(
    name: str, options: SlackOptions, calls: SlackCalls, canary: Canary, clock: Clock
) -> Sockets | SigningDoor:  # fmt: skip
    if options.signing_secret is not None:
        return SigningDoor(name, options.signing_secret, canary, clock)
    token = options.app_token.get_secret_value() if options.app_token is not None else ""
    return Sockets(calls, token, options.sockets, clock)
