"""Locks between processes on one PostgreSQL that are held by a connection, and free once it is gone."""

from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it ships no types

from bridge.store.address import Address

DAEMON = 7247002
"""Held shared by every daemon that runs, alone by whoever must have the database to themselves."""
PLATFORM = 7247003
"""With a platform's name: held by the one daemon that is connected to it."""

_SHARED = "SELECT pg_try_advisory_lock_shared($1, 0)"
_ALONE = "SELECT pg_try_advisory_lock($1, 0)"
_NAMED = "SELECT pg_try_advisory_lock($1, hashtext($2))"

# A process that sleeps, or a machine that vanished, must not keep a lock for ever. Servers before 14 lack the setting.
_LET_GO = "SELECT set_config(name, $1, false) FROM pg_settings WHERE name = 'idle_session_timeout'"


async def connect(address: Address) -> Any:
    """A connection of its own. Raises the driver's errors as they are."""
    return await asyncpg.connect(**dict(address.credentials), timeout=10, command_timeout=10)


async def lock_shared(connection: Any) -> bool:
    """As one of the daemons; False while somebody has the database to themselves."""
    return bool(await connection.fetchval(_SHARED, DAEMON))


async def lock_alone(connection: Any) -> bool:
    """False while a daemon runs."""
    return bool(await connection.fetchval(_ALONE, DAEMON))


async def lock_platform(connection: Any, platform: str) -> bool:
    return bool(await connection.fetchval(_NAMED, PLATFORM, platform))


async def let_go_when_silent(connection: Any, seconds: int) -> None:
    """The server ends the connection, and with it its locks, when nothing was asked on it for so long."""
    await connection.fetch(_LET_GO, f"{seconds}s")
