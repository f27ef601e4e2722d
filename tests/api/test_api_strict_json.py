"""The one JSON loader: whatever the bytes, a value or InvalidJson."""

import contextlib
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.api.strict_json import InvalidJson, UnfitJson, load

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
)
KEYS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=20
)
JSON_LIKE = st.text(st.sampled_from('{}[]",:\\u0d8eE+-.1 9\n\ttruefalsenlNaNInfinity'), max_size=60)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_invalid_json(body):
    with contextlib.suppress(InvalidJson):
        load(body)


@given(JSON_LIKE)
def test_anything_that_looks_like_json_gives_a_value_or_invalid_json(text):
    with contextlib.suppress(InvalidJson):
        load(text.encode())


@given(VALUES)
def test_every_sound_value_comes_back_unchanged(value):
    assert load(json.dumps(value, ensure_ascii=False).encode()) == value
    assert load(json.dumps(value, ensure_ascii=True).encode()) == value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{} {}",
        b'{"a":1}{"a":1}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":-1e999}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":9223372036854775808}',
        b'{"a":-9223372036854775809}',
        b'{"a":1,"a":2}',
        b'{"b":[{"a":1,"\\u0061":2}]}',
        b"\xff\xfe",
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\xc0\x80"}',
        '{"a":1}'.encode("utf-16"),
        '{"a":1}'.encode("utf-16-le"),
        '{"a":1}'.encode("utf-32"),
        b"\xef\xbb\xbf{}",
        b'{"a":"\x1b"}',
        b"{'a':1}",
        b'{"a":01}',
        b'{"a":1,}',
        b"// no\n{}",
        b"[" * 200 + b"]" * 200,
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b'{"a":' * 33 + b"1" + b"}" * 33,
    ],
)
def test_what_json_loads_lets_through_is_invalid(body):
    with pytest.raises(InvalidJson) as refused:
        load(body)
    assert not isinstance(refused.value, UnfitJson)


def test_depth_is_counted_to_the_container():
    assert load(b"[" * 32 + b"]" * 32)
    with pytest.raises(InvalidJson):
        load(b"[" * 33 + b"]" * 33)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (rb'{"a":{"b~/c":["\ud800"]}}', "/a/b~0~1c/0"),
        (rb'{"a":"\udfff\ud800"}', "/a"),
        (rb'{"a":"\u0000"}', "/a"),
        (rb'{"a":{"\u0000":1}}', "/a"),
        (rb'{"\ud800":1}', ""),
        (json.dumps({"m": {str(i): i for i in range(201)}}).encode(), "/m"),
    ],
)
def test_what_cannot_be_stored_is_unfit_and_says_where(body, pointer):
    with pytest.raises(UnfitJson) as refused:
        load(body)
    assert refused.value.pointer == pointer


def test_a_whole_surrogate_pair_and_other_controls_are_taken():
    assert load(rb'{"a":"\ud83d\ude00\u001b\u0007"}') == {"a": "😀\x1b\x07"}
    assert load(json.dumps({str(i): i for i in range(200)}).encode())


def test_numbers_at_the_edge_are_taken():
    assert load(b"[9223372036854775807,-9223372036854775808,1e308,5e-324]") == [
        2**63 - 1,
        -(2**63),
        1e308,
        math.ulp(0.0),
    ]


ODD_TEXT = st.text(st.one_of(st.sampled_from("a\0\ud83d\ude00\udfff\u00e9"), st.characters()), max_size=4)
ODD = st.recursive(
    st.none() | st.integers(-9, 9) | ODD_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD_TEXT, inner, max_size=3),
    max_leaves=8,
)


def is_fit(value, depth=0) -> bool:
    """The rule, told once more and slowly."""
    if isinstance(value, str):
        return "\0" not in value and not any(0xD800 <= ord(char) < 0xE000 for char in value)
    if not isinstance(value, (list, dict)):
        return True
    if depth >= 32 or (isinstance(value, dict) and (len(value) > 200 or not all(map(is_fit, value)))):
        return False
    return all(is_fit(each, depth + 1) for each in (value.values() if isinstance(value, dict) else value))


@given(ODD, st.integers(0, 34), st.sampled_from([0, 0, 199, 200, 201]))
def test_what_cannot_be_stored_is_refused_however_deep_it_lies(value, deeper, keys):
    for _ in range(deeper):
        value = [value]
    if keys:
        value = {"inner": value} | {str(number): 0 for number in range(keys - 1)}
    body = json.dumps(value).encode()
    if is_fit(json.loads(body)):
        assert load(body) == json.loads(body)
    else:
        with pytest.raises(InvalidJson):
            load(body)
