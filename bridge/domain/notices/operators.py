"""What operators are told about deliveries and lanes: what happened, or why it did not and what to do instead."""

from collections.abc import Callable, Mapping

from bridge.domain.events.operators import Settle
from bridge.domain.words import Scalar

Facts = Mapping[str, Scalar]

DONE: Mapping[Settle, str] = {
    Settle.RETRY: "It goes out again, in its old place.",
    Settle.DROP: "It is dropped: what waited for it goes on, and whoever wrote it is told.",
    Settle.ADOPT: "It counts as delivered, and what waited for it goes on.",
    Settle.POST_AGAIN: "It is posted again.",
}

REFUSED: Mapping[str, Callable[[Facts], str]] = {
    "no_such_delivery": lambda f: f"There is no delivery {f.get('id')}. handrail deliveries list names them.",
    "being_sent": lambda _: "It is being sent or looked up at this moment. Look again in a minute.",
    "delivered_already": lambda _: "It was delivered: there is nothing left to do.",
    "withdrawn_already": lambda _: "It was withdrawn: nothing will be sent.",
    "waits_its_turn": lambda _: "It waits for its turn already: what stands before it goes first.",
    "asks_its_writer": lambda f: (
        f"It is too old to arrive without a word of its writer, who was asked in {_ticket(f)}. Drop it, or wait."
    ),
    "in_doubt": lambda f: (
        f"Nobody knows whether it arrived, and sent again it might be there twice. Look in {f.get('lane')}: "
        "if it is there, give its link; if not, post it again."
    ),
    "not_in_doubt": lambda f: f"There is no doubt about it (it is {f.get('state')}): retry it or drop it.",
    "nothing_to_adopt": lambda f: f"{f.get('what')} leaves no post that a link could name: post it again or drop it.",
    "bad_link": lambda f: (
        f"This is no link to a post in {f.get('lane')}. Copy the link of the post itself, from its menu there."
    ),
    "no_links": lambda f: f"{f.get('lane')} has no posts with links.",
    "link_taken": lambda f: f"That post belongs to {_ticket(f)} already.",
    "no_thread_yet": lambda f: f"{_ticket(f)} has no thread there yet: settle the post that opens it first.",
    "root_of_closed": lambda f: f"{_ticket(f)} is closed: it needs no thread any more. Drop this.",
    "lives_elsewhere": lambda f: f"{_ticket(f)} has a thread in another place by now. Drop this, or move the ticket.",
    "decided_by_its_writer": lambda _: (
        "Its writer has sent it again or taken it back meanwhile: the user must not read it twice. Drop this."
    ),
    "no_such_lane": lambda f: f"There is no lane {f.get('lane')}. handrail lanes list names them.",
    "no_such_user": lambda f: (
        f"{f.get('bot') or 'The bot'} has no such user. handrail users find looks by id and by name."
    ),
    "not_paused": lambda f: f"{f.get('lane')} is not paused.",
}


def _ticket(facts: Facts) -> str:
    return f"#{facts['number']}" if facts.get("number") else "The ticket"


def done(how: Settle) -> str:
    return DONE[how]


def refused(code: str, facts: Facts) -> str:
    made = REFUSED.get(code)
    return made(facts) if made else "This cannot be done now."
