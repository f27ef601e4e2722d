"""One small call a minute: does Slack still take our bot token, and do both clocks agree?

A token it refused is asked about more and more rarely, since most never come back.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final

import structlog

from adapters.chat.slack.platform.calls import SlackCalls
from bridge.domain.errors import DeliveryError, PlatformDown, RateLimited
from bridge.ports.clock import Clock

log = structlog.get_logger(__name__)

EVERY: Final = 60.0
LONGEST_PAUSE: Final = 900.0
SILENT_AFTER: Final = 3
"""Calls in a row without an answer before that is a trouble: posts have their own look at each outcome."""
REFUSED: Final = "Slack refuses the bot token. Install the app again and put its new token in place."
SILENT: Final = "Slack's Web API does not answer. It is asked again every minute."


class Canary:
    """`trouble` is a sentence with the remedy, or None."""

    def __init__(self, name: str, calls: SlackCalls, clock: Clock) -> None:
        self._name = name
        self._calls = calls
        self._clock = clock
        self._silent = 0
        self._pause = EVERY
        self._now = asyncio.Event()
        self.trouble: str | None = None
        self.well_since: datetime | None = None
        """Since when it has been well; None before `keep`, and while it is not."""
        self.recovered_at: datetime | None = None
        """When it last became well again."""
        self.skew: timedelta | None = None
        """How far this machine's clock is before Slack's."""

    async def keep(self) -> None:
        """Ask again and again, until cancelled. Begun when a first call has just gone well."""
        self._well()
        while True:
            nap = asyncio.create_task(self._clock.sleep(self._pause))
            news = asyncio.create_task(self._now.wait())
            try:
                await asyncio.wait({nap, news}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                nap.cancel()
                news.cancel()
                await asyncio.gather(nap, news, return_exceptions=True)
            self._now.clear()
            await self.ask()

    def soon(self) -> None:
        """Something happened to the installation: ask now."""
        self._now.set()

    async def ask(self) -> None:
        try:
            await self._calls("auth.test")
        except RateLimited:
            return  # an answer, if no news
        except PlatformDown as error:
            self._ill(REFUSED, error.reason)
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        except DeliveryError as error:
            self._silent += 1
            if self._silent >= SILENT_AFTER:
                self._ill(SILENT, error.reason)
        else:
            if self.trouble is not None:
                log.info("slack_well_again", platform=self._name)
                self.recovered_at = self._clock.now()
            self._well()

    def _well(self) -> None:
        self._silent, self._pause, self.trouble = 0, EVERY, None
        now = self._clock.now()
        self.well_since = self.well_since or now
        self.skew = None if self._calls.slack_time is None else now - self._calls.slack_time

    def _ill(self, trouble: str, reason: str) -> None:
        if self.trouble != trouble:
            log.error("slack_not_well", platform=self._name, reason=reason)
        self.trouble, self.well_since = trouble, None
