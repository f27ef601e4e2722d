"""Standard Webhooks: what fits, what does not, and what nothing ever raises."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from bridge.api.signature import Finding, Signed, check

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SECRET, OTHER = b"s" * 24, b"o" * 24
BODY = '{"text":"Grüße"}'


def as_whsec(secret: bytes) -> str:
    return "whsec_" + base64.b64encode(secret).decode()


def library_signed(secret: bytes, at: datetime, *, header: datetime | None = None) -> Signed:
    """What the stock Python library sends."""
    signature = Webhook(as_whsec(secret)).sign("msg_1", at, BODY)
    return Signed(id="msg_1", timestamp=str(int((header or at).timestamp())), signature=signature, body=BODY.encode())


def judge(signed: Signed, *secrets: bytes):
    return check(signed, secrets or (SECRET,), NOW, look_for_zone=True)


def test_what_the_stock_library_signs_fits():
    assert judge(library_signed(SECRET, NOW)).finding is Finding.GOOD


def test_either_secret_fits_during_a_rotation():
    assert judge(library_signed(OTHER, NOW), SECRET, OTHER).finding is Finding.GOOD


def test_one_of_several_signatures_is_enough():
    good = library_signed(SECRET, NOW)
    several = f"v1a,xx v9,{good.signature[3:]} v1,{base64.b64encode(b'0' * 32).decode()} {good.signature}"
    assert (
        judge(Signed(id="msg_1", timestamp=good.timestamp, signature=several, body=good.body)).finding is Finding.GOOD
    )


@pytest.mark.parametrize("seconds", [-300, -299, 0, 299, 300])
def test_five_minutes_are_tolerated_both_ways(seconds):
    assert judge(library_signed(SECRET, NOW + timedelta(seconds=seconds))).finding is Finding.GOOD


@pytest.mark.parametrize("seconds", [-86400, -301, 301, 600, 10**9])
def test_more_is_stale(seconds):
    assert judge(library_signed(SECRET, NOW + timedelta(seconds=seconds))).finding is Finding.STALE


@pytest.mark.parametrize(
    "timestamp", ["", "1.5e9", "-1", "+1", " 1", "1 ", "abc", "١٢٣", "0x1", "1_0", "1" * 13, "\udcff"]
)
def test_a_timestamp_that_is_no_plain_number_never_fits(timestamp):
    mac = library_signed(SECRET, NOW).signature
    assert judge(Signed(id="msg_1", timestamp=timestamp, signature=mac, body=BODY.encode())).finding is Finding.WRONG


@pytest.mark.parametrize(
    "change",
    [
        lambda s: {"id": "msg_2"},
        lambda s: {"body": s.body + b" "},
        lambda s: {"timestamp": str(int(s.timestamp) + 1)},
        lambda s: {"signature": s.signature[:-2] + "A="},
        lambda s: {"signature": s.signature.replace("v1,", "v1,,")},
        lambda s: {"signature": s.signature.replace("v1,", "v9,")},
        lambda s: {"signature": s.signature.replace("v1,", "")},
        lambda s: {"signature": s.signature.replace("v1,", "V1,")},
        lambda s: {"signature": s.signature.rstrip("=")},
        lambda s: {"signature": "v1,"},
        lambda s: {"signature": "v1,é"},
        lambda s: {"signature": " ".join(["v1,AAAA"] * 20 + [s.signature])},
    ],
)
def test_any_change_breaks_it(change):
    good = library_signed(SECRET, NOW)
    parts = {"id": good.id, "timestamp": good.timestamp, "signature": good.signature, "body": good.body}
    assert judge(Signed(**{**parts, **change(good)})).finding is Finding.WRONG


def test_no_secret_is_no_entry():
    assert check(library_signed(SECRET, NOW), (), NOW, look_for_zone=True).finding is Finding.WRONG


@given(st.text(max_size=300), st.text(max_size=20), st.binary(max_size=50), st.text(max_size=60))
def test_whatever_the_headers_nothing_is_raised(signature, timestamp, body, message_id):
    raw = signature.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
    assert judge(Signed(id=message_id, timestamp=timestamp, signature=raw, body=body)).finding is Finding.WRONG


@pytest.mark.parametrize("hours", [-11.5, -8, -3.5, 1, 5.75, 14])
def test_local_time_taken_for_utc_is_recognised_for_the_operator_only(hours):
    """The stock library stamps a naive datetime as if it were UTC, while the header has the right time."""
    local = (NOW + timedelta(hours=hours)).replace(tzinfo=None)
    signed = library_signed(SECRET, local, header=NOW)
    checked = judge(signed)
    assert (checked.finding, checked.clock_off) == (Finding.WRONG, timedelta(hours=hours))
    assert judge(signed, OTHER).clock_off is None


def test_a_clock_off_by_a_whole_zone_is_recognised_too():
    checked = judge(library_signed(SECRET, NOW + timedelta(hours=1, seconds=2)))
    assert (checked.finding, checked.clock_off) == (Finding.STALE, timedelta(hours=1))


def test_a_large_body_is_not_hashed_a_hundred_times():
    signed = Signed(id="m", timestamp=str(int(NOW.timestamp())), signature="v1," + "A" * 43 + "=", body=b"x" * 20_000)
    assert judge(signed).looked is False
