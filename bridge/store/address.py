"""Where the database is: its url, and Tortoise's configuration for it."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

Dialect: TypeAlias = Literal["sqlite", "postgres"]

APP = "handrail"
MODELS = ["bridge.store.models", "bridge.store.delivery_models", "bridge.store.keeping_models"]
# Tortoise caches statements by the connection's name; both dialects in one process need names of their own.
WRITES: dict[Dialect, str] = {"sqlite": "sqlite-writes", "postgres": "postgres-writes"}
READS: dict[Dialect, str] = {"sqlite": "sqlite-reads", "postgres": "postgres-reads"}
BUSY_TIMEOUT_MS = 5000


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed store url."""

    dialect: Dialect
    path: str = ""
    busy_timeout: int = BUSY_TIMEOUT_MS
    """Milliseconds a writer waits for another process."""
    credentials: tuple[tuple[str, str | int], ...] = ()


def parse_url(url: str) -> Address:
    """Read `sqlite://rel/path.db`, `sqlite:///abs/path.db` or `postgres://user:pw@host:port/db`.

    Raises: ValueError with a sentence that does not repeat the url, since it may hold a password.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path, _, query = url.removeprefix("sqlite://").partition("?")
        if not path:
            raise ValueError("store.url: the path of the SQLite file is missing (sqlite://data/handrail.db)")
        wait = dict(parse_qsl(query)).get("busy_timeout", "")
        return Address("sqlite", path=path, busy_timeout=int(wait) if wait.isdecimal() else BUSY_TIMEOUT_MS)
    if parts.scheme in ("postgres", "postgresql"):
        more = dict(parse_qsl(parts.query))
        found: dict[str, str | int] = {
            "user": unquote(parts.username or "postgres"),
            "database": unquote(parts.path.removeprefix("/")) or "postgres",
            "host": more.get("host") or parts.hostname or "localhost",
            "port": parts.port or 5432,
        }
        if parts.password is not None:
            found["password"] = unquote(parts.password)
        if "sslmode" in more:
            found["ssl"] = more["sslmode"]
        return Address("postgres", credentials=tuple(found.items()))
    raise ValueError("store.url begins with neither sqlite:// nor postgres://")


def _connection(address: Address, *, reads: bool) -> dict[str, Any]:
    if address.dialect == "sqlite":
        pragmas = {
            "journal_mode": "WAL",
            # A 2xx is a promise: what was committed is on disk, also after a power cut.
            "synchronous": "FULL",
            "busy_timeout": address.busy_timeout,
            "foreign_keys": "ON",
            "secure_delete": "ON",
            "journal_size_limit": 64 * 1024 * 1024,
        }
        if reads:
            pragmas["query_only"] = "ON"
        return {"engine": "bridge.store.sqlite_client", "credentials": {"file_path": address.path, **pragmas}}
    return {
        "engine": "bridge.store.asyncpg_client",
        "credentials": {
            **dict(address.credentials),
            # One connection writes; a second one is there while a lost one is being replaced.
            "minsize": 1,
            "maxsize": 8 if reads else 2,
            "application_name": "handrail",
            "command_timeout": 30,
            "timeout": 10,
            "server_settings": {"timezone": "UTC", "synchronous_commit": "on"},
        },
    }


def tortoise_config(url: str) -> dict[str, Any]:
    """Tortoise's own form of configuration, for its `tortoise` command as well."""
    address = parse_url(url)
    writes, reads = WRITES[address.dialect], READS[address.dialect]
    return {
        "connections": {writes: _connection(address, reads=False), reads: _connection(address, reads=True)},
        "apps": {APP: {"models": MODELS, "default_connection": writes, "migrations": "bridge.store.migrations"}},
        "use_tz": True,
        "timezone": "UTC",
    }
