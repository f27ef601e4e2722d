"""A user's whole life with a bird in every word: once erased, it is in no byte of the database or of the files."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bridge.domain.capabilities import BotCapabilities
from bridge.domain.deliveries import Ending
from bridge.domain.dossier import Dossier, as_csv, as_json
from bridge.domain.events import (
    EventKey,
    Intent,
    PersonEdited,
    Receipt,
    ReceiptGiven,
    TicketPatched,
    Turn,
    UserDeleted,
    UserEdited,
    UserFacts,
    UserWrote,
    Verb,
)
from bridge.domain.events.operators import Operator, UserErasure
from bridge.domain.refs import MessageRef, bot_lane
from bridge.domain.words import Attachment, Author, Link
from bridge.jobs.retention import ForgetInTime
from bridge.store.spool import Spool
from tests.desk.house import ANA, BEN, SHOP, House, book_for

BIRD = "kanari"


@pytest.fixture
def house(sqlite_store, clock, tmp_path) -> House:
    return House(sqlite_store, book_for(tmp_path), clock)


async def lives(house: House) -> None:
    """Everything that keeps words: what was said, changed, deleted, held, sent, refused, attached."""
    user = UserFacts(
        external_id="u_17", name=f"{BIRD} name", locale=BIRD, timezone=BIRD, email=f"{BIRD}@example.org",
        avatar_url=f"https://{BIRD}.example/a.png",
    )  # fmt: skip
    said = await house.escalates(
        user=user, title=f"{BIRD} title", description=BIRD, summary=BIRD * 900, reason_text=BIRD, channel=BIRD,
        language=BIRD, tags=(BIRD,), attributes={BIRD: BIRD}, links=(Link(title=BIRD, url=f"https://{BIRD}.example"),),
        metadata=json.dumps({"opaque": BIRD}), capabilities=BotCapabilities(edit=True, delete=True, files=True),
        transcript=(Turn(author=Author.USER, text=BIRD, external_id="m1"), Turn(author=Author.BOT, text=BIRD)),
    )  # fmt: skip
    ticket = said.ticket.id
    thread = await house.opened_thread(ticket)
    async with Spool() as spool:
        await spool.write(f"{BIRD} in a file".encode())
        kept, _ = await house.store.files.keep(spool, await spool.judged(f"{BIRD}.txt"), uploader=SHOP, bot=SHOP)
    common = {"bot": SHOP, "fingerprint": "f", "at": house.clock.now(), "ticket": ticket}
    await house.desk.handle(UserWrote(**common, key=house.key(), text=BIRD * 3000, external_id="m2"))
    file = Attachment(name=f"{BIRD}.txt", file_id=kept.id)
    await house.desk.handle(UserWrote(**common, key=house.key(), text=BIRD, external_id="m3", attachments=(file,)))
    await house.desk.handle(UserEdited(**common, key=house.key(), external_id="m2", text=f"{BIRD} anew"))
    await house.desk.handle(UserDeleted(**common, key=house.key(), external_id="m3"))
    await house.desk.handle(TicketPatched(**common, key=house.key(), title=f"{BIRD} retitled"))
    await house.writes(BEN, f"{BIRD} unclaimed, so held", thread)
    await house.presses(ANA, Verb.CLAIM, ticket)
    await house.writes(ANA, f"dear {BIRD}", thread)
    await house.writes_in_console(ANA, f"{BIRD} is angry", ticket, Intent.NOTE)
    house.clock.advance(seconds=6)
    await house.fire_timers()
    reply = next(each for each in await house.store.messages.of(ticket) if each.text == f"dear {BIRD}")
    origin = reply.origin or MessageRef(thread.lane, thread.root, "x")
    edited = PersonEdited(
        key=EventKey("acme-slack", "edit"), person=ANA, at=house.clock.now(), text=f"{BIRD} dear", origin=origin
    )
    await house.desk.handle(edited)
    lane = bot_lane(SHOP)
    fence = await house.store.lanes.lease(lane, "test", 30)
    for one in await house.store.outbox.take(lane, house.clock.now(), 50, fence):
        await house.store.outbox.finish(one, Ending.DONE, now=house.clock.now())
    failed = ReceiptGiven(
        **common, key=house.key(), message=reply.id, receipt=Receipt.FAILED, reason=f"{BIRD} has left"
    )
    await house.desk.handle(failed)
    house.clock.advance(seconds=60)
    await house.writes(ANA, f"one more for {BIRD}", thread)


async def dossier(house: House) -> Dossier:
    found = await house.store.erasures.plan(SHOP, "u_17")
    names = await house.store.erasures.tickets(found.id)
    views = [await house.store.tickets.view(name) for name in names]
    files = [await house.store.files.of_ticket(name) for name in names]
    return Dossier(user=await house.store.users.get(found.id), tickets=views, files=files)


def bytes_of(folder: Path) -> dict[str, int]:
    """How often the bird is in each file."""
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    counts = {name: content.lower().count(BIRD.encode()) + name.count(BIRD) for name, content in found.items()}
    return {name: count for name, count in counts.items() if count}


async def test_no_byte_of_an_erased_user_is_left(house, tmp_path, capsys):
    await lives(house)
    kept = await dossier(house)
    assert json.dumps(as_json(kept)).count(BIRD) > 20
    assert as_csv(kept).count(BIRD) > 20
    assert any(name.endswith((".db", "-wal")) for name in bytes_of(tmp_path))
    assert any(name.startswith("files") for name in bytes_of(tmp_path))

    by = Operator(key="operator:root", via="command")
    receipt = await house.desk.handle(UserErasure(bot=SHOP, external_id="u_17", by=by, at=house.clock.now()))

    assert receipt.counts.files == 1
    assert bytes_of(tmp_path) == {}
    assert BIRD not in capsys.readouterr().out


async def test_a_reader_that_holds_on_to_the_old_words_delays_their_end_and_does_not_prevent_it(house, tmp_path):
    await lives(house)
    with closing(sqlite3.connect(tmp_path / "handrail.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM messages").fetchone()
        by = Operator(key="operator:root", via="command")
        await house.desk.handle(UserErasure(bot=SHOP, external_id="u_17", by=by, at=house.clock.now()))
        assert house.store.erasing.unsettled
        assert bytes_of(tmp_path) != {}

    await ForgetInTime(house.store)(house.clock.now())

    assert not house.store.erasing.unsettled
    assert bytes_of(tmp_path) == {}


async def test_no_word_is_left_where_a_ticket_was_kept_long_enough(house, tmp_path):
    await lives(house)
    (ticket,) = await house.store.erasures.tickets((await house.store.erasures.plan(SHOP, "u_17")).id)
    await house.presses(ANA, Verb.CLOSE, ticket)
    house.clock.advance(seconds=91 * 86400)

    assert await house.store.retention.empty([ticket], house.clock.now()) == 1
    await house.store.erasing.settle_file()

    # What is left is no word of anybody: how the bot names the channel and the language of the ticket.
    (row,) = [await house.store.tickets.get(ticket)]
    assert (row.channel, row.language) == (BIRD, BIRD)
    assert bytes_of(tmp_path) == {"handrail.db": 2}
