"""Who may come in: sessions, roles, and that a form was really ours. Checked in one decorator."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from bridge.console.bodies import BadForm, read_form
from bridge.console.viewer import Viewer
from bridge.domain.refs import CONSOLE, MemberKey
from bridge.rulebook.reload import Rules
from bridge.store.store import Store

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
SECURE_COOKIE = "__Host-handrail"
PLAIN_COOKIE = "handrail"
TOKEN_AT_MOST = 200

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": with it browsers send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cache-Control": "no-store",
}


class Role(StrEnum):
    """Who a page is for; each role may do what those before it may."""

    ANYONE = "anyone"
    MEMBER = "member"
    ADMIN = "admin"


class Refused(Exception):
    """The request goes no further. `slug` is stable, the sentence is for the reader."""

    def __init__(self, status: int, slug: str, sentence: str, *, retry_after: timedelta = timedelta(seconds=5)) -> None:
        super().__init__(slug)
        self.retry_after = retry_after
        self.status = status
        self.slug = slug
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Gate:
    store: Store
    rules: Rules
    public_url: str

    @property
    def https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def cookie(self) -> str:
        return SECURE_COOKIE if self.https else PLAIN_COOKIE

    def demand_https(self, request: web.Request) -> None:
        """Plain http is for this very machine only."""
        if self.https:
            return
        host = urlsplit(self.public_url).hostname or ""
        if host not in LOCAL_NAMES or not _is_local(request.remote):
            raise Refused(
                403, "https-required", "Beyond this machine the console needs https: set server.public_url to it."
            )

    async def viewer(self, request: web.Request) -> Viewer | None:
        """Whose session the cookie names; None without one that still counts."""
        token = request.cookies.get(self.cookie, "")
        session = await self.store.sessions.get(token) if 0 < len(token) <= TOKEN_AT_MOST else None
        if session is None:
            return None
        return Viewer(
            name=session.member,
            key=member_key(self.rules, session.member),
            admin=session.admin,
            csrf=session.csrf,
            session=hashlib.sha256(token.encode(errors="replace")).hexdigest(),
        )

    async def form_of(self, request: web.Request, viewer: Viewer | None) -> Mapping[str, str]:
        """The form of a POST, once it is certain that it came from a page of ours.

        Raises:
            Refused: a foreign page sent it, or the token is missing or another session's.
        """
        self._must_be_ours(request)
        try:
            form = await read_form(request)
        except BadForm as bad:
            raise Refused(bad.status, "bad-form", bad.sentence) from None
        if viewer is not None:
            _must_be_of(viewer, request.headers.get("X-CSRF-Token") or form.get("csrf", ""))
        return form

    def must_be_sent_by(self, request: web.Request, viewer: Viewer) -> None:
        """For a body that is no form: its token stands in a header, and is looked at before a byte is read.

        Raises:
            Refused: as `form_of`.
        """
        self._must_be_ours(request)
        _must_be_of(viewer, request.headers.get("X-CSRF-Token", ""))

    def _must_be_ours(self, request: web.Request) -> None:
        origin = request.headers.get("Origin")
        site = request.headers.get("Sec-Fetch-Site")
        foreign = origin is not None and not self.is_our_origin(origin)
        if foreign or site in {"cross-site", "same-site"}:
            raise Refused(403, "forbidden", "This form came from another site.")

    def is_our_origin(self, origin: str) -> bool:
        ours, theirs = _place(self.public_url), _place(origin)
        if ours is None or theirs is None:
            return False
        both_local = ours[1] in LOCAL_NAMES and theirs[1] in LOCAL_NAMES
        return ours == theirs or (both_local and (ours[0], ours[2]) == (theirs[0], theirs[2]))


def _must_be_of(viewer: Viewer, token: str) -> None:
    if not hmac.compare_digest(token.encode(errors="replace"), viewer.csrf.encode()):
        raise Refused(403, "forbidden", "This page is too old: load it again.")


def member_key(rules: Rules, name: str) -> MemberKey:
    """The human's one key: their name under `members:`, else their account here."""
    return rules.current.member_key(CONSOLE, name) or MemberKey(f"{CONSOLE}:{name}")


def local_path(target: str | None) -> str:
    """Where to go after signing in: a path of ours, or the inbox."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/"
    # Browsers drop tabs and line ends from addresses, and take a backslash for a slash.
    if any(char <= " " or char in "\\\x7f" for char in target) or not target.isascii() or len(target) > 500:
        return "/"
    return target


def _place(url: str) -> tuple[str, str, int | None] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None


def _is_local(remote: str | None) -> bool:
    if not remote:  # a Unix socket
        return True
    try:
        address = ip_address(remote.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
