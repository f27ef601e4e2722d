"""What the bots were told, compared with what the team said."""

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bridge.domain.words import Author, WordsKind, WordsState
from tests.simulation.shores import Arrived
from tests.simulation.words import How

if TYPE_CHECKING:
    from tests.simulation.invariants import Facts

REPLY = "message.created"
ARRIVED = {WordsState.SENT, WordsState.DELIVERED, WordsState.SEEN}
INSIDE = {WordsState.HELD, WordsState.PENDING, WordsState.INSIDE, WordsState.UNSENT}
FLEETING = {"team.typing", "user.typing"}


def keys(facts: "Facts") -> list[str]:
    """However often a reply is told, it is under one webhook-id; one that failed there may be sent anew."""
    failed = {
        entry.message for view in facts.views.values() for entry in view.entries if entry.kind == "message.failed"
    }  # fmt: skip
    of: defaultdict[str, set[str]] = defaultdict(set)
    for each in _arrived(facts):
        message = each.envelope.data.get("message")
        if each.envelope.type == REPLY and isinstance(message, dict):
            of[str(message["id"])].add(each.key)
    facts.figures["replies told"] += len(of)
    return [f"{message} under {sorted(ids)}" for message, ids in of.items() if len(ids) > 1 and message not in failed]


def order(facts: "Facts") -> list[str]:
    """A bot hears of a ticket in the order of its log; what is repeated counts where it came first."""
    found: list[str] = []
    for name, shore in facts.world.bots.items():
        seen: set[str] = set()
        last: dict[str, int] = {}
        for each in shore.arrived:
            if each.key in seen or each.envelope.type in FLEETING:
                continue
            seen.add(each.key)
            ticket, seq = _ticket(each), int(str(each.envelope.data["seq"]))
            if seq < last.get(ticket, 0) and ticket not in facts.trouble.settled:
                found.append(f"{name} heard {each.envelope.type} {seq} of {ticket} after {last[ticket]}")
            last[ticket] = max(seq, last.get(ticket, 0))
        facts.figures["callbacks"] += len(seen)
        facts.figures["callbacks repeated"] += len(shore.arrived) - len(seen)
    return found


def reached(facts: "Facts") -> list[str]:
    """What the store calls sent is at the bot, and nothing waits half way."""
    there = {
        str(said["id"]) for each in _arrived(facts) if isinstance(said := each.envelope.data.get("message"), dict)
    }  # fmt: skip
    found = []
    for view in facts.views.values():
        for message in view.messages:
            if message.kind is not WordsKind.REPLY or message.author is not Author.MEMBER:
                continue
            if message.state in ARRIVED and message.id not in there:
                found.append(f"{message.id} is {message.state} and never came")
            if message.state in (WordsState.SENDING, WordsState.PENDING):
                found.append(f"{message.id} is {message.state} for ever")
            facts.figures[f"replies {message.state}"] += 1
    return found


def inside(facts: "Facts") -> list[str]:
    """Notes, held words, and words taken back before they left: not a syllable of them ever came to a bot."""
    kept = {word.token for word in facts.said.words.values() if word.how is How.NOTE or word.by == "Eve"}
    for view in facts.views.values():
        left = {entry.message for entry in view.entries if entry.kind in ("message.sent", "message.failed")}
        for message in view.messages:
            if message.id not in left and (message.kind is WordsKind.NOTE or message.state in INSIDE):
                kept.update(facts.said.tokens_in(message.text))
    facts.figures["words kept inside"] += len(kept)
    return [
        f"{token} left in {each.envelope.type}" for each in _arrived(facts)
        for token in facts.said.tokens_in(_words(each)) if token in kept
    ]  # fmt: skip


def _words(each: Arrived) -> str:
    return json.dumps(each.envelope.data).replace('"', " ").replace("\\n", " ")


def _ticket(each: Arrived) -> str:
    ticket = each.envelope.data["ticket"]
    return str(ticket["id"]) if isinstance(ticket, dict) else ""


def _arrived(facts: "Facts") -> Iterator[Arrived]:
    for shore in facts.world.bots.values():
        yield from shore.arrived
