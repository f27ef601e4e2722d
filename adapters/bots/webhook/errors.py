"""What an endpoint's answer, or its silence, means.

A callback repeats under the same webhook-id, so whatever is not a clear yes is simply told again later.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp

from bridge.domain.errors import DeliveryError, DestinationGone, RateLimited, Scope, TryLater

GONE = 410
BUSY = frozenset({429, 503})
DEFAULT_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)


def from_status(status: int, headers: Mapping[str, str], now: datetime) -> DeliveryError | None:
    """None for a 2xx: it was accepted."""
    if 200 <= status < 300:
        return None
    if status == GONE:
        return DestinationGone("the endpoint answered 410 Gone: it is disabled")
    asked = headers.get("Retry-After")
    if status == 429 or (status in BUSY and asked is not None):
        return RateLimited(f"the endpoint answered {status}", wait_asked(asked, now), Scope.LANE)
    if 300 <= status < 400:
        return TryLater(f"the endpoint answered {status}: redirects are not followed, correct callback.url")
    return TryLater(f"the endpoint answered {status}")


def wait_asked(value: str | None, now: datetime) -> timedelta:
    """Read `Retry-After`, seconds or an HTTP date. Nothing or nonsense is 30 s; never more than 15 min."""
    if value is None:
        return DEFAULT_WAIT
    text = value.strip()
    if text.isascii() and text.isdigit():
        # Six digits are past the cap already; more could overflow a timedelta.
        wait = timedelta(seconds=int(text[:6])) if len(text) <= 6 else DEFAULT_WAIT
    else:
        wait = _until(text, now)
    return min(wait, LONGEST_WAIT) if wait > timedelta(0) else DEFAULT_WAIT


def _until(text: str, now: datetime) -> timedelta:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return DEFAULT_WAIT
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now


def from_exception(error: Exception) -> TryLater:
    """Reasons name the kind of failure, never the address: it may hold a token."""
    match error:
        case TimeoutError():
            return TryLater("the endpoint did not answer within 15 s")
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return TryLater("the endpoint's TLS certificate or handshake was refused")
        case aiohttp.ClientConnectorDNSError():
            return TryLater("the endpoint's host name could not be resolved")
        case aiohttp.ClientConnectorError():
            return TryLater(f"no connection to the endpoint: {_why(error.os_error)}")
        case aiohttp.ClientResponseError():
            return TryLater("the endpoint's answer is not HTTP")
        case _:
            return TryLater(f"the connection to the endpoint broke: {type(error).__name__}")


def _why(error: OSError) -> str:
    return str(error.strerror or error) if error.errno else str(error)
