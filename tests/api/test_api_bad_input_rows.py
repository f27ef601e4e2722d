"""Every row of the bad-input page has its test, and the table that says so is true."""

import re
from pathlib import Path

TABLE = Path(__file__).with_name("bad_input.md").read_text(encoding="utf-8")
TESTS = Path(__file__).parents[1]
ROWS = {f"D{number:02}" for number in range(2, 121, 2)} | {f"X{number}" for number in range(2, 21, 2)}


def test_every_row_is_in_the_table():
    assert ROWS - set(re.findall(r"\b[DX][0-9]+\b", TABLE)) == set()


def test_every_test_the_table_names_exists():
    defined = set()
    for file in TESTS.rglob("test_*.py"):
        defined |= set(
            re.findall(r"^(?:    )?(?:async )?def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
        )
    assert set(re.findall(r"`(test_\w+)`", TABLE)) - defined == set()
