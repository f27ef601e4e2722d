"""Which mark a message bears, whenever the mark that was ordered comes to be set."""

import pytest

from bridge.domain.deliveries import MarkKind
from bridge.domain.fanout.marks import mark_of
from bridge.domain.refs import TicketId
from bridge.domain.words import WordsState
from tests.samples import a_reply

SENT, FAILED, HELD, NONE = MarkKind.SENT, MarkKind.FAILED, MarkKind.HELD, MarkKind.NONE


@pytest.mark.parametrize(
    ("state", "ordered", "borne"),
    [
        (WordsState.SENT, SENT, SENT),
        (WordsState.SEEN, SENT, SENT),
        (WordsState.HELD, HELD, HELD),
        (WordsState.FAILED, FAILED, FAILED),
        (WordsState.INSIDE, NONE, NONE),
        (WordsState.UNSENT, FAILED, FAILED),
        # Late ones, which must not say again what is over.
        (WordsState.SENT, NONE, SENT),
        (WordsState.SENT, HELD, SENT),
        (WordsState.SENDING, HELD, NONE),
        (WordsState.SENDING, FAILED, NONE),
        (WordsState.INSIDE, HELD, NONE),
        (WordsState.UNSENT, HELD, NONE),
        (WordsState.DELETED, SENT, NONE),
    ],
)
def test_a_message_bears_the_mark_of_what_it_is_now(state, ordered, borne):
    assert mark_of(a_reply(TicketId("tkt_1"), state=state), ordered) is borne
