import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.bots.webhook.body import LONGEST, body_of
from bridge.domain.errors import ContentRejected
from bridge.ports.bots import Envelope, Json


def envelope(**data: Json) -> Envelope:
    return Envelope(type="message.created", timestamp="2026-11-23T10:00:00Z", data={"seq": 7, **data})


def test_what_fits_leaves_whole():
    data = {"message": {"text": "hé"}, "metadata": {"a": 1}, "transcript": [{"text": "x"}]}
    assert json.loads(body_of(envelope(**data)))["data"] == {"seq": 7, **data}


@settings(deadline=None, max_examples=60)
@given(st.text(min_size=1, max_size=50), st.integers(0, 12_000))
def test_a_long_text_is_cut_to_what_fits_and_says_so(word, length):
    text = (word * (length // len(word) + 1))[:length]
    body = body_of(envelope(message={"text": text, "text_truncated": False}, metadata="m" * 8000))
    message = json.loads(body)["data"]["message"]

    assert len(body) < LONGEST
    assert text.startswith(message["text"])
    assert message["text_truncated"] == (message["text"] != text)


def test_of_a_long_transcript_the_newest_turns_stay():
    turns: list[Json] = [{"text": f"{number}: " + "ä" * 900} for number in range(30)]
    data = json.loads(body_of(envelope(transcript=turns)))["data"]

    assert data["transcript"]
    assert data["transcript"] == turns[-len(data["transcript"]) :]
    assert data["transcript_truncated"] is True


def test_metadata_goes_before_a_short_text_does():
    data = json.loads(body_of(envelope(message={"text": "yes"}, metadata="m" * 30_000)))["data"]

    assert data["message"] == {"text": "yes", "text_truncated": False}
    assert data["metadata"] is None
    assert data["metadata_omitted"] is True


def test_facts_that_are_too_long_by_themselves_are_refused():
    with pytest.raises(ContentRejected, match="20000"):
        body_of(envelope(other="x" * 20_000))
