"""The daemon on a database that is full, locked, read-only or broken: refused with a sentence, well again by itself."""

import asyncio
import contextlib
import os
import resource
import sqlite3
import subprocess
from contextlib import AsyncExitStack, contextmanager

import aiohttp
import pytest

from tests.cli.command_line import CommandLine
from tests.journeys.site import KEY, running_site, until
from tests.wire.bot import SECRET

TICKETS = "/v1/tickets"


class Caller:
    """A bot that looks at what it is answered."""

    def __init__(self, http, site):
        self._http, self._site = http, site

    async def escalates(self, name, text="where is my refund?"):
        body = {
            "conversation": {"external_id": name},
            "user": {"external_id": "u_17"},
            "title": "Refund not received",
            "transcript": [{"id": f"{name}-1", "from": "user", "text": text}],
        }
        headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": name}
        async with self._http.post(self._site.url + TICKETS, json=body, headers=headers) as got:
            return got.status, await got.json(content_type=None), dict(got.headers)

    async def ready(self):
        async with self._http.get(self._site.url + "/readyz") as got:
            return got.status

    async def all_tickets(self):
        listed = await self._site.call("GET", f"{TICKETS}?limit=100")
        return sorted(one["conversation"]["external_id"] for one in listed["tickets"])


@pytest.fixture
async def http():
    async with aiohttp.ClientSession() as session:
        yield session


class SmallDisk:
    """A file system of 8 MB, where mounting is allowed; what fills it is a file of somebody else's."""

    def __init__(self, folder):
        self._filler = folder / "filler"

    def fill(self, _site):
        with self._filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"x" * 4096)

    def free(self, _site):
        self._filler.unlink()


class SmallFiles:
    """Where mounting is not allowed: the system lets this process write no file beyond a size, until it does again."""

    def __init__(self, folder):
        self._wal = folder / "handrail.db-wal"

    def fill(self, site):
        hard = resource.prlimit(site.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(site.pid, resource.RLIMIT_FSIZE, (self._wal.stat().st_size, hard))

    def free(self, site):
        hard = resource.prlimit(site.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(site.pid, resource.RLIMIT_FSIZE, (hard, hard))


def mount(*words):
    """False where this machine lets us not."""
    return subprocess.run(["mount", *words], check=False, capture_output=True).returncode == 0


@contextmanager
def small_disk(folder):
    folder.mkdir()
    if not mount("-t", "tmpfs", "-o", "size=8m", "none", str(folder)):
        yield SmallFiles(folder)
        return
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


async def test_a_full_disk_refuses_until_there_is_room_and_acknowledges_nothing(tmp_path, http):
    """F12."""
    async with AsyncExitStack() as left:
        disk = left.enter_context(small_disk(tmp_path / "data"))
        site = await left.enter_async_context(running_site(tmp_path))
        bot = Caller(http, site)
        assert (await bot.escalates("before"))[0] == 201
        disk.fill(site)

        # What fits into pages that are there already may still be taken; soon nothing does.
        taken, refused = ["before"], ""
        for count in range(40):
            status, body, headers = await bot.escalates(f"full-{count}", "x" * 20_000)
            if status == 201:
                taken.append(f"full-{count}")
                continue
            assert (status, body["type"].rsplit("/", 1)[1]) == (503, "storage-unavailable")
            assert int(headers["Retry-After"]) > 0
            refused = refused or f"full-{count}"
        assert refused
        await until(lambda: is_unready(bot), why="/readyz says that nothing can be stored")
        assert await bot.all_tickets() == sorted(taken)

        disk.free(site)
        status, body, _ = await bot.escalates(refused, "x" * 20_000)
        assert status == 201
        assert await bot.ready() == 200
        assert await bot.all_tickets() == sorted([*taken, refused])
        await until(lambda: site.bot.types.count("ticket.opened") == len(taken) + 1, why="all of them are told")
        assert await site.stop() == 0


async def is_unready(bot):
    return await bot.ready() == 503


async def test_a_database_held_by_another_process_is_waited_for_then_refused(tmp_path, http):
    """F14. `busy_timeout` is the public setting; usually it is 5 s."""
    async with running_site(tmp_path, store="sqlite://data/handrail.db?busy_timeout=300") as site:
        bot = Caller(http, site)
        assert (await bot.escalates("before"))[0] == 201
        await until(lambda: "ticket.opened" in site.bot.types)
        with contextlib.closing(sqlite3.connect(tmp_path / "data" / "handrail.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            answers = await asyncio.gather(*(bot.escalates(f"locked-{count}") for count in range(5)))
            assert {status for status, *_ in answers} == {503}
            await until(lambda: is_unready(bot), why="/readyz says that nothing can be stored")
            waiting = asyncio.create_task(bot.escalates("locked-0"))
            await asyncio.sleep(0.1)
            other.execute("ROLLBACK")
        # It had to wait, and was then taken: no error for who asks at the right moment.
        assert (await waiting)[0] == 201
        assert await bot.ready() == 200
        assert await bot.all_tickets() == ["before", "locked-0"]
        assert await site.stop() == 0


async def test_a_disk_that_takes_no_write_any_more_refuses_writes_and_answers_reads(tmp_path, http):
    """F13 at run time, as when a system mounts a failing disk read-only: each write is refused, none half done."""
    async with running_site(tmp_path) as site:
        bot = Caller(http, site)
        assert (await bot.escalates("before"))[0] == 201
        hard = resource.prlimit(site.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(site.pid, resource.RLIMIT_FSIZE, (0, hard))
        assert {(await bot.escalates(f"late-{count}"))[0] for count in range(5)} == {503}
        assert await bot.all_tickets() == ["before"]
        resource.prlimit(site.pid, resource.RLIMIT_FSIZE, (hard, hard))
        assert (await bot.escalates("late-4"))[0] == 201
        assert await bot.all_tickets() == ["before", "late-4"]
        assert await site.stop() == 0


def stopped_site(tmp_path):
    return CommandLine(tmp_path, {"SHOP_KEY": KEY, "SHOP_CALLBACK": SECRET})


async def start_again(tmp_path):
    return (await stopped_site(tmp_path)("run", "-c", "handrail.yaml", "--port", "0")).one_sentence()


@pytest.fixture
async def left_behind(tmp_path):
    """The folder of a site that was stopped; its database."""
    async with running_site(tmp_path) as site:
        await site.escalates()
        assert await site.stop() == 0
    return tmp_path / "data" / "handrail.db"


async def test_a_damaged_file_is_refused_at_start_and_kept_as_it_is(tmp_path, left_behind):
    """F15."""
    whole = bytearray(left_behind.read_bytes())
    whole[4096 * 3 : 4096 * 9] = os.urandom(4096 * 6)
    left_behind.write_bytes(whole)

    said = await start_again(tmp_path)

    assert "damaged" in said or "malformed" in said
    assert left_behind.read_bytes() == bytes(whole)


@contextmanager
def read_only(folder):
    """Root is stopped by no file's rights, so for root the whole file system says no."""
    if os.geteuid():
        rights = {path: path.stat().st_mode for path in (*folder.iterdir(), folder)}
        for path, mode in rights.items():
            path.chmod(mode & 0o555)
        yield
        for path, mode in reversed(rights.items()):
            path.chmod(mode)
        return
    assert mount("--bind", str(folder), str(folder)), "root without the right to mount: run the tests as a user"
    assert mount("-o", "remount,ro,bind", str(folder))
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


async def test_a_folder_that_cannot_be_written_is_named_at_start(tmp_path, left_behind):
    """F13: SQLite keeps its write-ahead log there."""
    with read_only(left_behind.parent):
        said = await start_again(tmp_path)
    assert "data" in said
    assert "not writable" in said or "cannot be written" in said


async def test_a_lost_write_ahead_log_next_to_a_copied_file_is_no_new_database(tmp_path, left_behind):
    """Half a copy, cut off in the middle, is refused; nothing new is silently made in its place."""
    half = left_behind.read_bytes()[: 4096 * 11 + 100]
    left_behind.write_bytes(half)

    said = await start_again(tmp_path)

    assert "damaged" in said or "malformed" in said
    assert left_behind.read_bytes() == half
