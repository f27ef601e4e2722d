"""Standard Webhooks signatures, verified on the raw bytes.

Our own few lines instead of the library: `standardwebhooks` 1.1.0 raises plain ValueError for odd headers and returns
`json.loads` output. Here nothing raises: whatever comes, the answer is a `Finding`.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import Final

TOLERANCE: Final = timedelta(minutes=5)
SIGNATURES_READ: Final = 16
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_QUARTER: Final = 15 * 60
_ZONES: Final = tuple(quarter * _QUARTER for quarter in range(-12 * 4, 14 * 4 + 1) if quarter)
_LOOK_BYTES: Final = 16 * 1024
"""A larger body is not tried against other time zones: a stranger must not make us hash for nothing."""


class Finding(Enum):
    """What a signed request turned out to be."""

    GOOD = "good"
    WRONG = "wrong"
    STALE = "stale"


class Passing:
    """A body too large to hold: what each secret makes of it is worked out while it passes."""

    def __init__(self, secrets: Sequence[bytes], message_id: str, timestamp: str) -> None:
        head = _head(message_id, timestamp)
        self._macs = [hmac.new(secret, head, sha256) for secret in secrets]

    def feed(self, piece: bytes) -> None:
        for mac in self._macs:
            mac.update(piece)

    def fits(self, claimed: Sequence[bytes]) -> bool:
        """Every pair is compared, in constant time."""
        found = False
        for mac in self._macs:
            for each in claimed:
                found |= hmac.compare_digest(mac.digest(), each)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """The three headers and the bytes, as they came."""

    id: str
    timestamp: str
    signature: str
    body: bytes | Passing


@dataclass(frozen=True, slots=True)
class Checked:
    """The finding; `clock_off` is set when it fits a client that took its local time for UTC."""

    finding: Finding
    clock_off: timedelta | None = None
    looked: bool = False
    """Other time zones were tried, which is costly."""


def check(signed: Signed, secrets: Sequence[bytes], now: datetime, *, look_for_zone: bool) -> Checked:
    """Compare with every live secret, in constant time; then judge the time."""
    claimed = list(_claimed(signed.signature))
    if not _TIMESTAMP.fullmatch(signed.timestamp) or not secrets:
        return Checked(Finding.WRONG)
    if not _fits(signed, signed.timestamp, secrets, claimed):
        body = signed.body
        if not look_for_zone or not claimed or isinstance(body, Passing) or len(body) > _LOOK_BYTES:
            return Checked(Finding.WRONG)
        return Checked(Finding.WRONG, _zone_it_fits(signed, secrets, claimed), looked=True)
    off = int(signed.timestamp) - now.timestamp()
    if abs(off) <= TOLERANCE.total_seconds():
        return Checked(Finding.GOOD)
    nearest = round(off / _QUARTER) * _QUARTER
    as_zone = timedelta(seconds=nearest) if nearest in _ZONES and abs(off - nearest) <= 60 else None
    return Checked(Finding.STALE, as_zone)


def sign(secret: bytes, message_id: str, timestamp: str, body: bytes) -> bytes:
    """The bare HMAC over `id.timestamp.body`."""
    return hmac.digest(secret, _head(message_id, timestamp) + body, sha256)


def _head(message_id: str, timestamp: str) -> bytes:
    return f"{message_id}.{timestamp}.".encode("utf-8", "surrogateescape")


def _fits(signed: Signed, timestamp: str, secrets: Sequence[bytes], claimed: Sequence[bytes]) -> bool:
    if isinstance(signed.body, Passing):
        return signed.body.fits(claimed)
    found = False
    for secret in secrets:
        expected = sign(secret, signed.id, timestamp, signed.body)
        for each in claimed:
            found |= hmac.compare_digest(expected, each)
    return found


def _zone_it_fits(signed: Signed, secrets: Sequence[bytes], claimed: Sequence[bytes]) -> timedelta | None:
    """Was it signed with local time taken for UTC, while the header has the right time?

    The stock Python library does so with a naive `datetime.now()`: it stamps the naive time as if it were UTC.
    """
    sent = int(signed.timestamp)
    for offset in _ZONES:
        if _fits(signed, str(sent + offset), secrets, claimed):
            return timedelta(seconds=offset)
    return None


def _claimed(header: str) -> Iterator[bytes]:
    """The v1 signatures of a header; other versions and anything unreadable are passed over."""
    for entry in header.split(" ")[:SIGNATURES_READ]:
        version, _, encoded = entry.partition(",")
        if version != "v1":
            continue
        try:
            value = base64.b64decode(encoded.encode("ascii"), validate=True)
        except (UnicodeEncodeError, binascii.Error):
            continue
        if len(value) == sha256().digest_size:
            yield value
