"""Whatever stands in a field, a line of the log stays one line of ours, in both forms it can have."""

import io
import json
import logging
import unicodedata
from collections.abc import Callable, Iterator

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.logs import LONGEST_VALUE, configure, mask_and_cap, masked

EVIL = "x\r\n2026-11-22T10:00:00Z [error] forged event=hacked\x1b[31m\x9b2J\x07\u2028a\u2029b\x85c\u202ed\ufeff\ud800"
ENDS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
MORE_SECRETS = [
    "https://hooks.slack.com/commands/T012AB3CD/1234567890/AbCdEfGhIjKlMnOpQrStUvWx",
    "https://discord.com/api/v10/webhooks/1180000000000000000/aW50ZXJhY3Rpb246MTE4MDAwMDAwMDAwMDAw",
    "https://discord.com/api/v10/interactions/1180000000000000000/aW50ZXJhY3Rpb246MTE4MDAwMDAwMD/callback",
    "http://127.0.0.1:8700/sign-in/dGhpcyBsaW5rIHNpZ25zIHNvbWVib2R5IGlu",
    "Cookie: handrail=dGhpcyBpcyBhIHNlc3Npb24gb2Ygc29tZWJvZHk",
    "Cookie: __Host-handrail=dGhpcyBpcyBhIHNlc3Npb24gb2Ygc29tZWJvZHk",
    "/files/fil_1/a.pdf?expires=1&signature=dGhpcyBpcyBhIHNpZ25hdHVyZQ",
    "Authorization: Basic aGFuZHJhaWw6c2VjcmV0LXNlY3JldA==",
    "Authorization: Bot MTE4MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw",
]


class Sink:
    """Where the log goes."""

    def __init__(self, *, as_json: bool) -> None:
        self._stream = io.StringIO()
        self.stop = configure("DEBUG", json=as_json, stream=self._stream)

    def read(self) -> str:
        self.stop()
        return self._stream.getvalue()


@pytest.fixture(params=[True, False], ids=["json", "console"])
def sink(request: pytest.FixtureRequest) -> Iterator[Sink]:
    sink = Sink(as_json=request.param)
    yield sink
    sink.stop()


def ours(text: str) -> None:
    structlog.get_logger("bridge.test").info("answered", words=text)


def nested(text: str) -> None:
    structlog.get_logger("bridge.test").info("answered", facts={text: [text, {"deep": (text,)}]})


def as_key(text: str) -> None:
    structlog.get_logger("bridge.test").info("answered", **{text: 1})


def as_event(text: str) -> None:
    structlog.get_logger("bridge.test").warning(text)


def vendors(text: str) -> None:
    logging.getLogger("vendor").warning("says %s", text)


def vendors_name(text: str) -> None:
    logging.getLogger(f"vendor.{text}").warning("says nothing")


def vendors_extra(text: str) -> None:
    logging.getLogger("vendor").warning("says", extra={"more": text})


def of_an_object(text: str) -> None:
    structlog.get_logger("bridge.test").info("answered", error=ValueError(text))


def fail(text: str) -> None:
    raise ValueError(text)


@pytest.mark.parametrize("write", [ours, nested, as_key, as_event, vendors, vendors_name, vendors_extra, of_an_object])
def test_no_field_starts_another_line_or_moves_the_cursor(sink: Sink, write: Callable[[str], None]) -> None:
    write(EVIL)
    written = sink.read()
    assert written.count("\n") == 1
    plain = written.rstrip("\n").replace("\x1b[", "")  # the console's own colours
    assert not [
        char for char in plain if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} or char in "\u202e\ufeff"
    ]
    assert "\x1b[31mred" not in written


def test_what_stands_in_an_exception_never_passes_for_a_line_of_the_log(sink: Sink) -> None:
    try:
        fail(EVIL)
    except ValueError:
        structlog.get_logger("bridge.test").exception("failed")
    for line in sink.read().split("\n"):
        assert not line.startswith("2026-11-22T10:00:00Z")
        assert not [
            char for char in line.replace("\x1b[", "") if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}
        ]


def test_a_vendors_extra_fields_replace_nothing() -> None:
    sink = Sink(as_json=True)
    spoof = {"event": "forged", "level": "critical", "timestamp": "never", "logger": "bridge.store"}
    logging.getLogger("vendor").warning("true words", extra=spoof)
    line = json.loads(sink.read())
    assert (line["event"], line["level"]) == ("true words", "warning")
    assert line["timestamp"] != "never"


def test_our_own_fields_replace_neither_level_nor_time() -> None:
    sink = Sink(as_json=True)
    structlog.get_logger("bridge.test").info("answered", level="critical", timestamp="never")
    line = json.loads(sink.read())
    assert line["level"] == "info"
    assert line["timestamp"] != "never"


def test_below_info_only_our_own_rooms_speak(sink: Sink) -> None:
    """Vendors repeat there what passes through them: requests, queries, words."""
    logging.getLogger("tortoise.db_client").debug("INSERT INTO messages VALUES ('her words')")
    logging.getLogger("slack_sdk.web").debug("body: her words")
    logging.getLogger("bridge.delivery").debug("drain_began")
    written = sink.read()
    assert "drain_began" in written
    assert "words" not in written


@pytest.mark.parametrize("text", MORE_SECRETS)
def test_links_and_cookies_that_open_something_are_masked(text: str) -> None:
    assert "***" in masked(text)
    assert not [
        part
        for part in ("dGhpc", "aW50ZX", "AbCdEf", "aGFuZHJ", "MTE4MDAwMDAwMDAwMDAwMDAwMDAwMDAw")
        if part in masked(text)
    ]


def test_a_secret_at_the_cap_leaves_no_piece_of_itself() -> None:
    for before in range(LONGEST_VALUE - 60, LONGEST_VALUE + 1):
        shown = str(
            mask_and_cap(None, "info", {"event": " " * before + "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})["event"]
        )
        assert "MfKQ" not in shown


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.recursive(
        st.text() | st.binary() | st.integers() | st.none(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=8,
    ),
    st.text(min_size=1),
)
def test_any_value_under_any_name_is_bounded_and_stays_on_its_line(value: object, name: str) -> None:
    written = json.dumps(mask_and_cap(None, "info", {"event": "x", f"k{name}": value}), ensure_ascii=False, default=str)
    assert not [char for char in written if char in ENDS or unicodedata.category(char) in {"Cc", "Cs"}]
    written.encode()


def test_the_servers_errors_come_without_the_bytes_they_quote(sink: Sink) -> None:
    try:
        fail("Got more than 8190 bytes when reading: bytearray(b'Bearer her-words')")
    except ValueError:
        logging.getLogger("aiohttp.server").exception("Error handling request from %s", "10.0.0.7")
    written = sink.read()
    assert "her-words" not in written
    assert "Error handling request from 10.0.0.7" in written
    assert "ValueError" in written
    assert " fail" in written
