"""Who is calling: a bearer key or a Standard Webhooks signature. All doubt ends as one and the same 401."""

import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_bytes
from typing import Final

import structlog
from multidict import CIMultiDictProxy

from bridge.api.problems import Fault, Problem
from bridge.api.signature import Checked, Finding, Passing, Signed, check
from bridge.domain.buckets import Rate
from bridge.domain.refs import BotName
from bridge.ports.clock import Clock

log = structlog.get_logger()

_ID: Final = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)
_NO_SECRET: Final = (token_bytes(32),)
"""What an unknown bot's signature is compared with, so that its refusal takes as long. Nobody can know it."""
LOOK_EVERY: Final = 60.0
"""Seconds between two looks for a client's wrong time zone, per bot: each costs a hundred hashes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """How one bot may come in. Two keys and two secrets are live during rotation."""

    bot: BotName
    key_hashes: tuple[str, ...] = ()
    """SHA-256 of each bearer key, in hexadecimal."""
    secrets: tuple[bytes, ...] = ()
    file_hosts: tuple[str, ...] = ()
    rate: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """A request that shows a key. `key` is the idempotency key, if it has one."""

    token: str
    key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signed request; its body is still to come."""

    bot: str
    id: str
    timestamp: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A bot that is who it says."""

    door: Door
    key: str | None
    """What makes this call repeatable: webhook-id or Idempotency-Key."""

    @property
    def bot(self) -> BotName:
        return self.door.bot


Credentials = Bearer | Signature


def read_headers(headers: CIMultiDictProxy[str]) -> Credentials:
    """What the headers claim, checked in form only. Signed headers win over a bearer key."""
    if "webhook-signature" not in headers and "Authorization" in headers:
        scheme, _, token = _one(headers, "Authorization").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Problem("missing-auth", "The Authorization header has no bearer key.")
        return Bearer(token=token.strip(), key=_idempotency_key(headers))
    for name in ("handrail-bot", "webhook-id", "webhook-timestamp", "webhook-signature"):
        if not headers.get(name):
            raise Problem("missing-auth", f"There is no bearer key, and the header {name} is missing.")
    message_id = _one(headers, "webhook-id")
    if not _ID.fullmatch(message_id):
        raise Problem("invalid-webhook-id", "webhook-id must be 1 to 255 visible ASCII characters.")
    _idempotency_key(headers)  # not needed beside a signature, but one that cannot be a key is a mistake all the same
    return Signature(
        bot=_one(headers, "handrail-bot"),
        id=message_id,
        timestamp=_one(headers, "webhook-timestamp"),
        signature=_one(headers, "webhook-signature"),
    )


class Doorkeeper:
    """Judges credentials against the bots of the moment."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._looked: dict[BotName, float] = {}

    def by_key(self, claimed: Bearer, doors: Iterable[Door]) -> Caller:
        """Find the bot of a key. Every live key is compared, so that time tells nothing about which one fitted."""
        shown = sha256(claimed.token.encode("utf-8", "surrogateescape")).hexdigest()
        found: Door | None = None
        for door in doors:
            for key_hash in door.key_hashes:
                if hmac.compare_digest(shown, key_hash):
                    found = door
        if found is None:
            raise refused()
        return Caller(door=found, key=claimed.key)

    def passing(self, claimed: Signature, doors: Mapping[str, Door]) -> Passing:
        """For a body too large to hold: feed it while it passes, then give this instead of the body."""
        return Passing(self._secrets(doors.get(claimed.bot)), claimed.id, claimed.timestamp)

    def by_signature(self, claimed: Signature, body: bytes | Passing, doors: Mapping[str, Door]) -> Caller:
        door = doors.get(claimed.bot)
        signed = Signed(id=claimed.id, timestamp=claimed.timestamp, signature=claimed.signature, body=body)
        secrets = self._secrets(door)
        checked = check(signed, secrets, self._clock.now(), look_for_zone=door is not None and self._may_look(door.bot))
        if door is None or not door.secrets:
            raise refused()
        self._tell_operator(door.bot, checked)
        match checked.finding:
            case Finding.GOOD:
                return Caller(door=door, key=claimed.id)
            case Finding.STALE:
                raise Problem("stale-timestamp", "webhook-timestamp is more than five minutes off.")
            case Finding.WRONG:
                raise refused()

    @staticmethod
    def _secrets(door: Door | None) -> Sequence[bytes]:
        return door.secrets if door is not None and door.secrets else _NO_SECRET

    def _may_look(self, bot: BotName) -> bool:
        return self._clock.monotonic() - self._looked.get(bot, -LOOK_EVERY) >= LOOK_EVERY

    def _tell_operator(self, bot: BotName, checked: Checked) -> None:
        if checked.looked:
            self._looked[bot] = self._clock.monotonic()
        if checked.clock_off is not None:
            log.warning(
                "signature_fits_local_time_taken_for_utc",
                bot=bot,
                finding=checked.finding.value,
                minutes_off=int(checked.clock_off.total_seconds() // 60),
                remedy="sign with aware UTC time: datetime.now(UTC), not datetime.now()",
            )


def refused() -> Problem:
    """The same for a wrong signature, an unknown key and an unknown bot: no way to ask which bots there are."""
    return Problem("invalid-signature", "The key or signature does not fit.")


def _idempotency_key(headers: CIMultiDictProxy[str]) -> str | None:
    for name in ("Idempotency-Key", "webhook-id"):
        if name in headers:
            key = _one(headers, name)
            if not _ID.fullmatch(key):
                fault = Fault("", "idempotency-key", f"The header {name} must be 1 to 255 visible ASCII characters.")
                raise Problem("validation-error", fault.detail, faults=[fault])
            return key
    return None


def _one(headers: CIMultiDictProxy[str], name: str) -> str:
    """A header that must not be said twice: which of the two was meant is a guess."""
    values = headers.getall(name)
    if len(values) != 1:
        raise refused()
    return values[0]
