"""Records survive being stored: for every record that is, whatever its fields say."""

import json
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.change import TicketFacts, Verdict
from bridge.domain.deliveries import Content
from bridge.domain.events import PersonWrote
from bridge.domain.people import Actor
from bridge.domain.policy import Calendar, Policy, Span
from bridge.domain.ticket import Ticket
from bridge.domain.words import Attachment, Brief
from bridge.store.codec import codec_for, record_without
from bridge.store.rows import policy_body
from tests.samples import POLICY, a_policy, a_ticket

moments = st.datetimes(timezones=st.just(UTC))
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
scalars = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | texts
)

st.register_type_strategy(datetime, moments)
st.register_type_strategy(timedelta, st.timedeltas(timedelta(0), timedelta(days=400)))
st.register_type_strategy(time, st.times())
st.register_type_strategy(str, texts)
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
st.register_type_strategy(
    Calendar, st.builds(Calendar, weekly=st.dictionaries(st.integers(0, 6), st.tuples(st.builds(Span))))
)
st.register_type_strategy(Brief, st.builds(Brief, attributes=st.dictionaries(texts, scalars, max_size=3)))
st.register_type_strategy(Verdict, st.builds(Verdict, facts=st.dictionaries(texts, scalars, max_size=3)))

RECORDS: list[Any] = [Actor, Brief, PersonWrote, Policy, TicketFacts, Verdict, tuple[Attachment, ...]]


def through_json(value: Any) -> Any:
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("kind", RECORDS, ids=str)
@given(data=st.data())
def test_a_record_comes_back_equal(kind: Any, data: st.DataObject):
    codec = codec_for(kind)
    record = data.draw(st.from_type(kind))

    assert codec.decode(through_json(codec.encode(record))) == record


@given(st.from_type(Content))
def test_every_delivery_content_comes_back_equal(content: Content):
    codec = codec_for(Content)

    assert codec.decode(through_json(codec.encode(content))) == content


@given(st.builds(Ticket, policy=st.just(POLICY)))
def test_a_ticket_comes_back_equal_around_its_policy(ticket: Ticket):
    codec = record_without(Ticket, "policy")
    body = through_json(codec.encode(ticket))

    assert "policy" not in body
    assert Ticket(policy=POLICY, **codec.decode(body)) == ticket


def test_a_row_of_an_older_version_takes_defaults_and_drops_what_is_gone():
    codec = record_without(Ticket, "policy")
    body = codec.encode(a_ticket())
    del body["failed"]
    body["gone"] = 1

    assert Ticket(policy=POLICY, **codec.decode(body)).failed == 0


def test_equal_policies_have_one_digest_and_others_another():
    assert policy_body(a_policy())[0] == policy_body(POLICY)[0]
    assert policy_body(a_policy(team="billing"))[0] != policy_body(POLICY)[0]
