"""What `handrail doctor` looks at. Nothing is changed; each look is bounded in time."""

import asyncio
import shutil
from collections.abc import Iterator, Sequence
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bridge.ports.findings import Examined, Finding, Mark

if TYPE_CHECKING:
    from bridge.ports.clock import Clock
    from bridge.rulebook.book import BotEntry, RuleBook
    from bridge.store.checkup import Checkup

LEAST_SPACE = 500 * 1024 * 1024
SKEW = timedelta(seconds=5)
WITHIN = 20.0
"""Seconds a look over the network may take."""


def good(what: str) -> Finding:
    return Finding(mark=Mark.GOOD, what=what)


def doubt(what: str, fix: str) -> Finding:
    return Finding(mark=Mark.DOUBT, what=what, fix=fix)


def bad(what: str, fix: str) -> Finding:
    return Finding(mark=Mark.BAD, what=what, fix=fix)


def of_versions() -> Iterator[Finding]:
    import platform
    from importlib.metadata import PackageNotFoundError, version

    from aiohttp.http_parser import HttpRequestParser, HttpRequestParserPy

    try:
        ours = version("handrail")
    except PackageNotFoundError:
        ours = "from its source"
    yield good(f"Handrail {ours}, Python {platform.python_version()}, aiohttp {version('aiohttp')}")
    if HttpRequestParser is HttpRequestParserPy:
        yield doubt(
            "aiohttp reads requests with its slow parser, written in Python",
            "Install a wheel of aiohttp for this machine, or a C compiler before installing it.",
        )
    else:
        yield good("aiohttp reads requests with its C parser")


def of_address(book: "RuleBook") -> Iterator[Finding]:
    url = urlsplit(book.server.public_url)
    local = _is_loopback(url.hostname or "")
    if url.scheme == "https":
        yield good(f"public_url is {book.server.public_url}")
    elif local:
        yield good(f"public_url is {book.server.public_url}: for this machine only")
    else:
        yield bad(
            f"public_url is {book.server.public_url}: without https the console refuses everybody beyond this machine",
            "Put a proxy with a certificate in front and set server.public_url to its https address.",
        )
    if not _is_loopback(book.server.host) and local:
        yield doubt(
            f"the daemon listens on {book.server.host}, but public_url names this machine only",
            "Set server.public_url to the address people use, or server.host to 127.0.0.1.",
        )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def of_files(config: Path, file: Path | None) -> Iterator[Finding]:
    from bridge.rulebook.rights import too_open

    found = too_open(config, file)
    for one in found:
        yield bad(f"others on this machine may get at {one.what} ({one.path}, mode {one.mode:o})", one.fix)
    if not found:
        yield good("nobody else on this machine may read the database or the secrets")


async def of_database(url: str, clock: "Clock") -> "tuple[Sequence[Finding], Path | None]":
    from bridge.domain.errors import StoreTrouble
    from bridge.store.checkup import check_up

    try:
        async with asyncio.timeout(WITHIN):
            found = await check_up(url)
    except (StoreTrouble, TimeoutError) as trouble:
        fix = "Is it there, and may this user open it? store.url in the config file says where."
        return (bad(str(trouble) or "the database does not answer", fix),), None
    return tuple(_of_checkup(found, clock)), found.file


def _of_checkup(found: "Checkup", clock: "Clock") -> Iterator[Finding]:
    if not found.made:
        yield doubt("there is no database yet", "handrail run makes it at its first start, or: handrail migrate")
        if found.file is not None:
            yield from _space(found.file)
        return
    yield good(f"the database answers ({found.dialect} {found.version})")
    if found.newer:
        yield bad(
            f"the database was used by a newer version of Handrail ({', '.join(found.newer)})",
            "Install that version again: tables are only ever brought forward.",
        )
    elif found.pending:
        yield doubt(f"{len(found.pending)} migrations are to be run", "handrail migrate, or the next start does it")
    else:
        yield good("its tables are those of this version")
    if found.durable:
        yield good("a commit is on disk when it is answered")
    else:
        yield bad("a commit may be lost in a power cut", "Set synchronous_commit = on in PostgreSQL.")
    if found.clock is not None:
        yield from _skew(abs(found.clock - clock.now()), "the database's clock")
    if found.in_use is not None:
        yield good("a daemon runs on it" if found.in_use else "no daemon runs on it at this moment")
    if found.file is not None:
        yield from _space(found.file)


def _space(file: Path) -> Iterator[Finding]:
    folder = next((parent for parent in file.absolute().parents if parent.exists()), Path("/"))
    free = shutil.disk_usage(folder).free
    if free < LEAST_SPACE:
        yield bad(f"only {free // 2**20} MB are free where the database is", "Make room: a full disk stops all writes.")
    else:
        yield good(f"{free / 2**30:.1f} GB are free where the database is")


def _skew(skew: timedelta, whose: str) -> Iterator[Finding]:
    if skew > SKEW:
        yield doubt(
            f"{whose} and this machine's differ by {skew.total_seconds():.0f} s",
            "Have both set by NTP: signatures are good for minutes only.",
        )
    else:
        yield good(f"{whose} agrees with this machine's")


async def of_bot(entry: "BotEntry", clock: "Clock") -> Sequence[Finding]:
    """A signed endpoint.ping, as `bots test` sends it."""
    from bridge.cli.bots import ping
    from bridge.domain.errors import DeliveryError

    if entry.callback is None:
        return (good(f"{entry.name} reads its events itself"),)
    try:
        async with asyncio.timeout(WITHIN):
            answer = await ping(entry, clock)
    except DeliveryError as trouble:
        fix = f"Is it up, and is callback.url right? Try: handrail bots test {entry.name}"
        return (doubt(f"{entry.name} did not take a signed ping: {trouble.reason}", fix),)
    except TimeoutError:
        return (doubt(f"{entry.name} did not answer a signed ping", "Is it up, and is callback.url right?"),)
    found = [good(f"{entry.name} took a signed ping in {answer.milliseconds:.0f} ms")]
    if answer.skew is not None:
        found += [one for one in _skew(abs(answer.skew), f"{entry.name}'s clock") if one.mark is not Mark.GOOD]
    return found


async def of_platforms(book: "RuleBook", clock: "Clock") -> Sequence[Finding]:
    from adapters import build_chat

    found: list[Finding] = []
    for name, entry in book.platforms.items():
        chat = build_chat(entry.kind, name, {**entry.options, "groups": sorted(book.groups(entry.kind))}, clock)
        used = {lane for lane in (*book.lanes(), *book.alarms) if lane is not None and lane.platform == name}
        try:
            if isinstance(chat, Examined):
                async with asyncio.timeout(WITHIN):
                    found += await chat.findings(sorted(lane.place for lane in used))
        except TimeoutError:
            found.append(doubt(f"{name} does not answer", "Look at its status page, and at this machine's network."))
        finally:
            await chat.close()
    return found
