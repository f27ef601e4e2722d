"""`handrail store copy`, as an operator gives it."""

import sqlite3
from contextlib import closing


async def test_a_site_is_copied_counted_and_compared(handrail, tmp_path):
    await handrail.good("migrate")
    await handrail.good("console", "invite", "Ana")

    said = await handrail.good("store", "copy", "--to", "sqlite://new/place.db", "--dry-run")
    assert "would be copied. Nothing was written." in said
    assert not (tmp_path / "new").exists()

    said = await handrail.good("store", "copy", "--to", "sqlite://new/place.db")
    assert "every table is the same in both" in said
    assert "files.url" in said
    with closing(sqlite3.connect(tmp_path / "new" / "place.db")) as made:
        assert made.execute("SELECT name FROM members").fetchall() == [("Ana",)]

    again = await handrail("store", "copy", "--to", "sqlite://new/place.db")
    assert "Nothing was copied: the target is not empty" in again.one_sentence()


async def test_an_address_that_is_none_is_refused_without_repeating_it(handrail):
    await handrail.good("migrate")
    said = (await handrail("store", "copy", "--to", "mysql://ana:hunter2@db/x")).one_sentence()
    assert said == "--to begins with neither sqlite:// nor postgres://"


async def test_there_must_be_a_site(handrail):
    said = (await handrail("store", "copy", "--to", "sqlite://new.db")).one_sentence()
    assert "there is no site to copy" in said


async def test_beside_a_daemon_nothing_is_copied_and_no_second_one_starts(beside):
    said = (await beside("store", "copy", "--to", "sqlite://new.db")).one_sentence()
    assert "a handrail runs on this site; stop it first" in said

    second = await beside("run", "--port", "0")
    assert second.code == 1
    assert "Traceback" not in second.err
    assert second.err.strip().splitlines()[-1] == (
        "another handrail runs on this database; SQLite serves one, PostgreSQL several"
    )
