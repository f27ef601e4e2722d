"""Files: bytes first and row after, row first and bytes last; what is forgotten and when. Both databases."""

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.domain.change import Change, Rewrite
from bridge.domain.errors import AlreadySeen, StoreTrouble
from bridge.domain.events import EventKey
from bridge.domain.files import FILE_BYTES, FileState, Unfit, UnfitFile
from bridge.domain.words import Attachment
from bridge.jobs.left_files import ForgetFiles
from bridge.store.spool import Spool
from tests.file_samples import PDF, PNG
from tests.samples import SHOP, asks, opening, opens
from tests.store.writer_steps import says

KEY = EventKey("bot:shop-bot", "k1")


async def keep(store, content=PDF, name="receipt.pdf", **said):
    async with Spool() as spool:
        await spool.write(content)
        return await store.files.keep(spool, await spool.judged(name), **{"uploader": SHOP, "bot": SHOP, **said})


async def bytes_of(store, file):
    pieces = await store.files.pieces(file)
    return None if pieces is None else b"".join([piece async for piece in pieces])


async def ticket(store):
    return (await store.writer.decide(opens(opening()))).ticket.id


def lying(tmp_path: Path) -> set[str]:
    return {path.name for path in (tmp_path / "files").glob("*")}


def put_back(tmp_path: Path, at: float) -> None:
    """The bytes were put at this time."""
    for path in (tmp_path / "files").iterdir():
        os.utime(path, (at, at))


async def test_a_file_comes_back_byte_for_byte(store):
    content = PNG + bytes(range(256)) * 5000
    file, repeated = await keep(store, content, "big.png")

    assert not repeated
    assert await store.files.get(file.id) == file
    assert (file.state, file.size, file.content_type) == (FileState.KEPT, len(content), "image/png")
    assert await bytes_of(store, file) == content


async def test_a_spool_takes_so_much_and_no_more(store):
    async with Spool() as spool:
        await spool.write(b"a" * FILE_BYTES)
        with pytest.raises(UnfitFile) as refused:
            await spool.write(b"a")
    assert (refused.value.why, "25 MB" in refused.value.sentence) == (Unfit.SIZE, True)


async def test_under_one_key_there_is_one_file_however_often_it_is_sent(store, tmp_path):
    kept = await asyncio.gather(*(keep(store, key=KEY) for _ in range(8)))

    assert len({file.id for file, _ in kept}) == 1
    assert [repeated for _, repeated in kept].count(False) == 1
    assert lying(tmp_path) == {kept[0][0].id}
    with pytest.raises(AlreadySeen):
        await keep(store, PNG, "a.png", key=KEY)


async def test_a_message_that_names_a_file_makes_it_the_tickets(store):
    file, _ = await keep(store)
    one = await ticket(store)
    await store.writer.decide(says(one, "here", attachments=(Attachment(name=file.name, file_id=file.id),)))

    (named,) = await store.files.of_ticket(one)
    (message,) = await store.messages.of(one)
    assert (named.id, named.ticket, named.message, named.bot) == (file.id, one, message.id, SHOP)


async def test_a_file_that_no_message_names_is_forgotten_after_a_day(store, clock, tmp_path):
    unnamed, _ = await keep(store)
    named, _ = await keep(store)
    await store.writer.decide(says(await ticket(store), "x", attachments=(Attachment(name="a.pdf", file_id=named.id),)))
    clock.advance(hours=23, minutes=59)
    await ForgetFiles(store)(clock.now())
    assert lying(tmp_path) == {unnamed.id, named.id}

    clock.advance(minutes=2)
    await ForgetFiles(store)(clock.now())
    assert lying(tmp_path) == {named.id}
    assert await store.files.get(unnamed.id) is None


async def test_a_file_that_was_named_meanwhile_is_not_taken_for_unnamed(store):
    file, _ = await keep(store)
    await store.writer.decide(says(await ticket(store), "x", attachments=(Attachment(name="a", file_id=file.id),)))
    assert await store.files.delete([file.id], only_unnamed=True) == 0
    assert await bytes_of(store, file) == PDF


async def test_a_file_that_is_named_in_the_moment_of_the_sweep_stays(store):
    file, _ = await keep(store)
    one = await ticket(store)
    naming = says(one, "x", attachments=(Attachment(name="a", file_id=file.id),))

    _, forgotten = await asyncio.gather(
        store.writer.decide(naming), store.files.delete([file.id], only_unnamed=True)
    )  # fmt: skip

    assert forgotten == 0
    assert [named.id for named in await store.files.of_ticket(one)] == [file.id]
    assert await bytes_of(store, file) == PDF


async def test_an_edit_in_the_moment_a_file_is_given_up_is_not_undone_by_it(store, clock):
    one = await ticket(store)
    sent = tuple(Attachment(name=f"{n}.pdf", url=f"https://cdn/{n}", file_id=f"fil_{n:032x}") for n in range(2))
    await store.writer.decide(says(one, "see", attachments=sent))
    file = next(each for each in await store.files.take_wanted(clock.now(), 8) if each.id == sent[1].file_id)
    (message,) = await store.messages.of(one)

    def without_the_first(seen):
        kept = Rewrite(message=message.id, attachments=sent[1:])
        return Change(ticket=seen.ticket, code="edited", rewrites=(kept,))

    await asyncio.gather(
        store.writer.decide(asks(one, without_the_first)), store.files.not_fetched(file, "too large", again=None)
    )  # fmt: skip

    (after,) = await store.messages.of(one)
    assert [(each.file_id, each.trouble) for each in after.attachments] == [(file.id, "too large")]


async def test_forgetting_can_be_repeated_after_a_crash_in_between(store, clock, tmp_path):
    file, _ = await keep(store)
    assert await store.files.delete([file.id]) == 1
    assert await store.files.delete([file.id]) == 0
    assert (lying(tmp_path), await bytes_of(store, file)) == (set(), None)

    # As after a crash between the row and the bytes, or between the bytes and the row.
    (tmp_path / "files" / file.id).write_bytes(PDF)
    put_back(tmp_path, (clock.now() - timedelta(minutes=59)).timestamp())
    await ForgetFiles(store)(clock.now())
    assert lying(tmp_path) == {file.id}, "young bytes may be waiting for their row"
    put_back(tmp_path, (clock.now() - timedelta(minutes=61)).timestamp())
    await ForgetFiles(store)(clock.now())
    assert lying(tmp_path) == set()


async def test_a_sweep_touches_nothing_that_is_not_ours(store, clock, tmp_path):
    kept, _ = await keep(store)
    (tmp_path / "files" / "readme.txt").write_text("mine")
    put_back(tmp_path, 0)
    await ForgetFiles(store)(clock.now())
    assert lying(tmp_path) == {kept.id, "readme.txt"}


async def test_where_no_file_was_ever_kept_the_sweep_makes_no_folder(store, clock, tmp_path):
    await ForgetFiles(store)(clock.now())
    assert not (tmp_path / "files").exists()


async def test_a_site_that_never_saw_a_file_does_not_load_the_object_store():
    code = "import sys, bridge.app, bridge.store; sys.exit('obstore' in sys.modules)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    assert await process.wait() == 0


async def test_a_folder_that_cannot_be_written_is_said_and_leaves_no_row(store, tmp_path):
    (tmp_path / "files").write_text("a file where the folder should be")
    with pytest.raises(StoreTrouble):
        await keep(store, key=KEY)
    (tmp_path / "files").unlink()
    _, repeated = await keep(store, key=KEY)
    assert not repeated


async def test_without_a_place_for_files_none_is_kept(migrated_file, tmp_path, open_store):
    (tmp_path / "a.db").write_bytes(migrated_file.read_bytes())
    with pytest.raises(StoreTrouble, match=r"files\.url"):
        await keep(await open_store(f"sqlite://{tmp_path}/a.db"))


async def test_the_key_that_signs_links_is_made_once_for_all_replicas(store_url, open_store):
    postgres = store_url.startswith("postgres")
    stores = [await open_store(store_url) for _ in range(2 if postgres else 1)]
    keys = await asyncio.gather(*(each.files.link_key() for each in stores for _ in range(3)))
    assert len(set(keys)) == 1
    assert len(keys[0]) == 32


async def test_two_replicas_never_fetch_one_file_at_once(store_url, open_store, clock):
    postgres = store_url.startswith("postgres")
    stores = [await open_store(store_url) for _ in range(2 if postgres else 1)]
    one = await ticket(stores[0])
    wanted = tuple(
        Attachment(name=f"{n}.pdf", url=f"https://cdn/{n}", file_id=f"fil_{n:032x}") for n in range(10)
    )  # fmt: skip
    await stores[0].writer.decide(says(one, "see", attachments=wanted))

    taken = [each for part in await asyncio.gather(*(s.files.take_wanted(clock.now(), 8) for s in stores * 2))
             for each in part]  # fmt: skip
    assert len({file.id for file in taken}) == len(taken) == 10
    assert {file.attempts for file in taken} == {1}
    assert await stores[0].files.take_wanted(clock.now(), 8) == []

    clock.advance(minutes=4)  # whoever took them has died
    assert {file.attempts for file in await stores[0].files.take_wanted(clock.now(), 8)} == {2}
