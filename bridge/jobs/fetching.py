"""Files that a bot named by their address: fetched from its `file_hosts`, and from nowhere else."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

import aiohttp
import structlog
from yarl import URL

from bridge.domain.errors import DeliveryError, DestinationGone, OutcomeUnknown, TryLater
from bridge.domain.files import KeptFile, UnfitFile, of_platform
from bridge.domain.refs import BotName
from bridge.domain.web_addresses import why_not_fetched
from bridge.ports.chat import KeepsFiles
from bridge.ports.outward import Outward, RefusedAddressError
from bridge.rulebook import Rules
from bridge.store import Store
from bridge.store.spool import Spool

log = structlog.get_logger(__name__)

AT_ONCE: Final = 8
AGAIN: Final = (timedelta(seconds=10), timedelta(seconds=60))
"""After the first and the second try; the third is the last."""
REDIRECTS: Final = 3
TIMEOUT: Final = aiohttp.ClientTimeout(total=120, sock_connect=10, sock_read=15)
REDIRECTING: Final = frozenset({301, 302, 303, 307, 308})
PASSING: Final = frozenset({408, 425, 429})
PIECE: Final = 64 * 1024
NOWHERE: Final[Mapping[str, object]] = {}


class _NotNow(Exception):
    """It may work in a while. The words are for people."""


class _Never(Exception):
    """It will not work however often it is tried."""


class FetchFiles:
    """Fetches what is wanted. The message is shown at once; its file follows, or the reason why it does not."""

    def __init__(
        self, store: Store, rules: Rules, out: Outward | None = None, *, chats: Mapping[str, object] = NOWHERE
    ) -> None:
        """`out` is how far outside the hosts must lie: for all sites it is the public internet.

        `chats` are the platforms whose members attach files.
        """
        self._store = store
        self._rules = rules
        self._out = out or Outward()
        self._chats = chats

    async def __call__(self, now: datetime) -> None:
        wanted = await self._store.files.take_wanted(now, AT_ONCE)
        if not wanted:
            return
        async with aiohttp.ClientSession(
            connector=self._out.connector(limit=AT_ONCE),
            timeout=TIMEOUT,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "Handrail", "Accept": "*/*", "Accept-Encoding": "identity"},
            auto_decompress=False,
            trust_env=False,
        ) as session:
            results = await asyncio.gather(
                *(self._fetch(session, file, now) for file in wanted), return_exceptions=True
            )  # fmt: skip
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _fetch(self, session: aiohttp.ClientSession, file: KeptFile, now: datetime) -> None:
        async with Spool() as spool:
            try:
                await self._load(session, file, spool)
                await self._store.files.fetched(file, spool, await spool.judged(file.name))
            except UnfitFile as unfit:
                await self._give_up(file, unfit.sentence)
            except _Never as never:
                await self._give_up(file, str(never))
            except _NotNow as not_now:
                if file.attempts > len(AGAIN):
                    await self._give_up(file, str(not_now))
                else:
                    again = now + AGAIN[file.attempts - 1]
                    await self._store.files.not_fetched(file, str(not_now), again=again)
            else:
                log.info("file_fetched", file=file.id, bot=file.bot, attempts=file.attempts)

    async def _give_up(self, file: KeptFile, reason: str) -> None:
        log.warning("file_not_fetched", file=file.id, bot=file.bot, attempts=file.attempts, reason=reason)
        await self._store.files.not_fetched(file, reason, again=None)

    async def _load(self, session: aiohttp.ClientSession, file: KeptFile, spool: Spool) -> None:
        """Follow the address to the bytes; every step of the way is judged like the first."""
        if (place := of_platform(file.url or "")) is not None:
            await self._read(*place, spool)
            return
        entry = self._rules.current.bots.get(BotName(file.bot or ""))
        hosts = entry.file_hosts if entry is not None else ()
        url = file.url or ""
        for _ in range(REDIRECTS + 1):
            try:
                further = await self._step(session, _judged(url, hosts, self._out.ports), spool)
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                raise _meaning(error) from error
            if further is None:
                return
            url = further
        raise _Never(f"Its address leads on more than {REDIRECTS} times.")

    async def _read(self, platform: str, ref: str, spool: Spool) -> None:
        """What a member put there; the platform's adapter knows from where it may be read."""
        keeper = self._chats.get(platform)
        if not isinstance(keeper, KeepsFiles):
            raise _Never("Its platform is not there any more.")
        try:
            async for piece in keeper.read_file(ref):
                await spool.write(piece)
        except (TryLater, OutcomeUnknown) as error:
            log.info("file_not_handed_out", platform=platform, reason=error.reason)
            raise _NotNow("The platform did not hand it out in time.") from None
        except DestinationGone:
            raise _Never("It is not there any more.") from None
        except DeliveryError as error:
            log.warning("file_not_handed_out", platform=platform, reason=error.reason)
            raise _Never("The platform did not hand it out.") from None

    async def _step(self, session: aiohttp.ClientSession, url: URL, spool: Spool) -> str | None:
        """One request: where it leads on to, or None once the bytes are here."""
        async with session.get(url, allow_redirects=False) as got:
            if got.status in REDIRECTING and (location := got.headers.get("Location")):
                return str(url.join(URL(location)))
            if got.status in PASSING or got.status >= 500:
                raise _NotNow(f"The server answered {got.status}.")
            if got.status != 200:
                raise _Never(f"The server answered {got.status}.")
            async for piece in got.content.iter_chunked(PIECE):
                await spool.write(piece)
            return None


def _judged(url: str, hosts: Collection[str], ports: frozenset[int]) -> URL:
    reason = why_not_fetched(url, hosts, ports)
    if reason is not None:
        raise _Never(reason)
    return URL(url)


def _meaning(error: Exception) -> Exception:
    """What a failed request means. Its own words may hold the address, and are never shown."""
    match error:
        case aiohttp.ClientConnectorError(os_error=RefusedAddressError()) | RefusedAddressError():
            return _Never("The address is not a public one.")
        case TimeoutError():
            return _NotNow("The server did not answer in time.")
        case aiohttp.InvalidURL() | ValueError():
            return _Never("The address cannot be read.")
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return _NotNow("The server's certificate was refused.")
        case aiohttp.ClientConnectorDNSError():
            return _NotNow("The server's name could not be resolved.")
        case _:
            return _NotNow("The connection to the server failed.")
