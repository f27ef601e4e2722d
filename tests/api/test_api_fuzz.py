"""The rule of all bad input, as a property: whatever is sent, a sound answer and never one of the 5xx kind."""

import copy
import json
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.api.fields import clean_name, is_external_id
from tests.api.conftest import KEYS
from tests.api.test_api_calls import FULL

pytestmark = pytest.mark.asyncio(loop_scope="module")

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ANY_TEXT = st.text(max_size=40)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | ANY_TEXT
    | st.sampled_from(["\ud800", "\0", "\u202e", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=8,
)


def places(value, path=()):
    """Every place of the whole example."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*path, index))


def replaced(value, path, new):
    if not path:
        return new
    changed = copy.copy(value)
    changed[path[0]] = replaced(value[path[0]], path[1:], new)
    return changed


def is_sound(answer):
    assert answer.status < 500, answer.raw
    if answer.status >= 400:
        assert answer.slug
        assert answer.json["status"] == answer.status


@FEW
@given(place=st.sampled_from(list(places(FULL))), value=VALUES)
async def test_any_value_at_any_place_of_an_escalation(intake, place, value):
    body = json.dumps(replaced(FULL, place, value)).encode()
    is_sound(await intake.call("POST", "/v1/tickets", body))


@FEW
@given(body=st.binary(max_size=300))
async def test_any_bytes_as_a_body(intake, body):
    answer = await intake.signed("POST", "/v1/tickets", body)
    assert answer.status in {400, 422}
    is_sound(answer)


@FEW
@given(value=st.binary(min_size=1, max_size=80).map(lambda raw: raw.translate(None, b"\r\n\0")))
@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "webhook-signature",
        "webhook-id",
        "webhook-timestamp",
        "handrail-bot",
        "If-Epoch",
        "Idempotency-Key",
        "Content-Type",
        "Content-Encoding",
        "Accept",
    ],
)
async def test_any_bytes_as_a_header(intake, name, value):
    """Over the bare socket: clients would not let them out. All other headers are good."""
    body = b'{"conversation":{"external_id":"fuzz"}}'
    good = {"Authorization": f"Bearer {KEYS['shop-bot']}", "Content-Type": "application/json", "Host": "x"}
    lines = [f"{key}: {kept}".encode() for key, kept in {**good, "Connection": "close"}.items() if key != name]
    lines += [f"Content-Length: {len(body)}".encode(), name.encode() + b": " + value]
    answer = await intake.wire(b"\r\n".join([b"POST /v1/tickets HTTP/1.1", *lines, b"", body]))
    assert 200 <= int(answer.split(b" ", 2)[1]) < 500, answer


@FEW
@given(path=st.text(st.characters(codec="utf-8"), max_size=40))
async def test_any_path(intake, path):
    from urllib.parse import quote

    for tried in (
        f"/v1/{quote(path)}",
        f"/v1/tickets/{quote(path, safe='')}",
        f"/v1/tickets/x/messages/{quote(path, safe='')}",
    ):
        is_sound(await intake.call("GET", tried))
        is_sound(await intake.call("PATCH", tried, {"title": "x"}))


@given(st.text(max_size=60))
async def test_a_name_keeps_all_but_what_hides(text):
    clean = clean_name(text)
    assert clean_name(clean) == clean
    assert not [char for char in clean if "\U000e0000" <= char <= "\U000e007f"]
    assert not [
        char
        for char in clean
        if unicodedata.bidirectional(char) in {"RLE", "LRE", "RLO", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI"}
    ]
    assert not [char for char in clean if unicodedata.category(char) == "Cc"]
    for joiner in "\u200c\u200d":
        assert clean.count(joiner) == text.count(joiner)


@given(st.text(max_size=30))
async def test_no_id_walks_through_folders(text):
    if is_external_id(text):
        assert text.isascii()
        assert text.isprintable()
        assert ".." not in text
        assert not text.startswith("/")
