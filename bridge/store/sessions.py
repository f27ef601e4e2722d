"""Who may sign in to the console, and who is. Tokens leave here once; only their SHA-256 is kept."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.backends.base.client import BaseDBAsyncClient

from bridge.domain.audit import Audited
from bridge.domain.views import ConsoleMember
from bridge.domain.words import Scalar
from bridge.store.database import Database
from bridge.store.models import InviteRow, MemberRow, SessionRow
from bridge.store.now import Now
from bridge.store.writer import Tx, Writer

INVITE_FOR = timedelta(hours=24)
IDLE = timedelta(hours=12)
AT_MOST = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=1)
"""How often being seen is written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A member who is signed in."""

    member: str
    admin: bool
    csrf: str
    created_at: datetime
    seen_at: datetime


def _hidden(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class Sessions:
    def __init__(self, database: Database, writer: Writer, clock: Now) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock

    async def invite(self, name: str, *, admin: bool = False, by: str = "operator") -> str:
        """Make a member, or change whether they are an admin; the token of a sign-in link, good once for a day.

        Links given before no longer work; who is signed in stays so. `by` is who invites, for the audit.
        """
        token, now = secrets.token_urlsafe(32), self._clock.now()
        member = MemberRow(name=name, admin=admin, invited_at=now)
        row = InviteRow(digest=_hidden(token), member=name, expires_at=now + INVITE_FOR)

        async def job(tx: Tx) -> None:
            update = ("admin", "invited_at")
            await MemberRow.bulk_create([member], on_conflict=("name",), update_fields=update, using_db=tx.connection)
            await InviteRow.filter(member=name).using_db(tx.connection).delete()
            await InviteRow.bulk_create([row], using_db=tx.connection)
            tx.audit(_act("member.invited", name, by, now, via="command", admin=admin))

        await self._writer.work(job)
        return token

    async def invited(self, token: str) -> ConsoleMember | None:
        """Whose link this is. Looking does not use it up: chat programs open links to preview them."""
        with self._database.reads() as connection:
            invite = await InviteRow.filter(digest=_hidden(token)).using_db(connection).first()
            if invite is None or invite.expires_at <= self._clock.now():
                return None
            return await _member(connection, invite.member)

    async def sign_in(self, token: str, *, ip: str | None = None) -> tuple[str, Session] | None:
        """Use a link up: the session's id for the cookie, and the session. None when the link is no longer good."""
        name, now = secrets.token_urlsafe(32), self._clock.now()
        csrf = secrets.token_urlsafe(32)

        async def job(tx: Tx) -> Session | None:
            which = InviteRow.filter(digest=_hidden(token)).using_db(tx.connection)
            invite = await which.select_for_update().first()
            if invite is None:
                return None
            await InviteRow.filter(digest=invite.digest).using_db(tx.connection).delete()
            member = await _member(tx.connection, invite.member)
            if member is None or invite.expires_at <= now:
                return None
            row = SessionRow(digest=_hidden(name), member=member.name, csrf=csrf, created_at=now, seen_at=now)
            await SessionRow.bulk_create([row], using_db=tx.connection)
            await MemberRow.filter(name=member.name).using_db(tx.connection).update(seen_at=now)
            tx.audit(_act("session.began", member.name, f"console:{member.name}", now, ip=ip, admin=member.admin))
            return Session(member=member.name, admin=member.admin, csrf=csrf, created_at=now, seen_at=now)

        session = await self._writer.work(job)
        return (name, session) if session else None

    async def get(self, name: str) -> Session | None:
        """The session of a cookie while it is good; being asked for keeps it from going idle."""
        now = self._clock.now()
        with self._database.reads() as connection:
            row = await SessionRow.filter(digest=_hidden(name)).using_db(connection).first()
            member = await _member(connection, row.member) if row else None
        if row is None or member is None or now >= row.seen_at + IDLE or now >= row.created_at + AT_MOST:
            return None
        if now >= row.seen_at + SEEN_EVERY:
            await self._seen(row.digest, member.name, now)
        return Session(
            member=member.name, admin=member.admin, csrf=row.csrf, created_at=row.created_at, seen_at=row.seen_at
        )

    async def _seen(self, digest: str, member: str, now: datetime) -> None:
        async def job(tx: Tx) -> None:
            await SessionRow.filter(digest=digest).using_db(tx.connection).update(seen_at=now)
            await MemberRow.filter(name=member).using_db(tx.connection).update(seen_at=now)

        await self._writer.work(job)

    async def drop(self, name: str, *, ip: str | None = None) -> None:
        """Sign out."""
        now = self._clock.now()

        async def job(tx: Tx) -> None:
            row = await SessionRow.filter(digest=_hidden(name)).using_db(tx.connection).first()
            if row is not None:
                await SessionRow.filter(digest=row.digest).using_db(tx.connection).delete()
                tx.audit(_act("session.ended", row.member, f"console:{row.member}", now, ip=ip))

        await self._writer.work(job)

    async def remove_member(self, name: str, *, by: str = "operator") -> bool:
        """Take somebody's access away, with all their sessions and links; whether there was such a member."""
        now = self._clock.now()

        async def job(tx: Tx) -> bool:
            await SessionRow.filter(member=name).using_db(tx.connection).delete()
            await InviteRow.filter(member=name).using_db(tx.connection).delete()
            removed = bool(await MemberRow.filter(name=name).using_db(tx.connection).delete())
            if removed:
                tx.audit(_act("member.removed", name, by, now, via="command"))
            return removed

        return await self._writer.work(job)

    async def members(self) -> list[ConsoleMember]:
        with self._database.reads() as connection:
            return [_to_member(row) for row in await MemberRow.all().order_by("name").using_db(connection)]


def _act(action: str, member: str, actor: str, at: datetime, *, via: str = "console", **facts: Scalar) -> Audited:
    said = {name: value for name, value in facts.items() if value is not None}
    return Audited(at=at, actor=actor, via=via, action=action, object=member, facts=said)


async def _member(connection: BaseDBAsyncClient, name: str) -> ConsoleMember | None:
    row = await MemberRow.filter(name=name).using_db(connection).first()
    return _to_member(row) if row else None


def _to_member(row: MemberRow) -> ConsoleMember:
    return ConsoleMember(name=row.name, admin=row.admin, invited_at=row.invited_at, last_seen_at=row.seen_at)
