"""What stands on the platforms, compared with what was said."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bridge.domain.paint import Notice, Speaker, Speech
from bridge.domain.refs import Lane, TicketId
from bridge.domain.views import TicketView
from tests.simulation.channels import Post, Thread
from tests.simulation.words import How, Word

if TYPE_CHECKING:
    from tests.simulation.invariants import Facts

LOST_ITS_PLACE = {"thread.gone", "ticket.undeliverable", "ticket.rerouted"}


def threads(facts: "Facts") -> list[str]:
    """One in each place, and one more each time the log says that a thread was lost."""
    found: list[str] = []
    of: Counter[tuple[TicketId, Lane]] = Counter(
        (thread.card.ticket, thread.ref.lane) for thread in _threads(facts)
    )  # fmt: skip
    for (ticket, lane), number in of.items():
        view = facts.views.get(ticket)
        lost = sum(entry.kind in LOST_ITS_PLACE for entry in view.entries) if view is not None else 0
        if number > 1 + lost:
            found.append(f"{number} threads of {ticket} in {lane}, {lost} lost")
    facts.figures["threads"] += sum(of.values())
    return found


def posts(facts: "Facts") -> list[str]:
    """No delivery left two posts."""
    facts.figures["posts"] += sum(len(shore.channels.posts) for shore in facts.world.chats.values())
    return [
        f"{key} was posted as {', '.join(ids)}" for shore in facts.world.chats.values()
        for key, ids in shore.channels.by_key.items() if len(ids) > 1
    ]  # fmt: skip


def words(facts: "Facts") -> list[str]:
    """In one thread each word of a user stands once, in the order in which it was accepted; parts too."""
    found: list[str] = []
    for thread in _threads(facts):
        shown = [
            facts.said.words[token] for post in thread.posts for token in _first(facts, post)
        ]  # fmt: skip
        twice = [token for token, number in Counter(word.token for word in shown).items() if number > 1]
        found += [f"{token} twice in {thread.ref.root}" for token in twice]
        orders = [word.order for word in shown if word.how is How.USER and word.order is not None]
        if orders != sorted(orders) and thread.card.ticket not in facts.trouble.settled:
            found.append(f"{[word.token for word in shown]} in {thread.ref.root}, accepted as {orders}")
        found += _parts(thread)
    return found


def _parts(thread: Thread) -> Iterator[str]:
    pieces: defaultdict[str, list[int]] = defaultdict(list)
    for post in thread.posts:
        whole, cut, part = post.key.rpartition("/")
        if cut and part.isdecimal():
            pieces[whole].append(int(part))
    for whole, seen in pieces.items():
        if seen != list(range(seen[0], seen[0] + len(seen))):  # those before it may stand in a thread that was lost
            yield f"parts of {whole} stand as {seen}"


def withdrawn(facts: "Facts") -> list[str]:
    """Once its deletion was answered, no call begins that shows a word as it was."""
    return [
        f"{word.token} was posted at {post.at:.3f}, deleted at {word.deleted_at:.3f}" for post in _posts(facts)
        for token in _first(facts, post) if (word := facts.said.words[token]).deleted_at is not None
        and post.asked_at > word.deleted_at
    ]  # fmt: skip


def missing(facts: "Facts", word: Word, view: TicketView) -> list[str]:
    """A user's word that stands nowhere and is not listed as failed."""
    message = next((each for each in view.messages if each.external_id == word.token), None)
    if message is None:
        return [f"{word.token} is not in the store"]
    if word.deleting or view.ticket.policy.lane is None:
        return []
    if any(entry.kind == "message.not_shown" and entry.message == message.id for entry in view.entries):
        facts.figures["words shown as failed"] += 1
        return []
    shown = any(
        word.token in _text(post).replace("\\", "").split() for thread in _threads(facts)
        if thread.card.ticket == word.ticket for post in thread.posts
    )  # fmt: skip
    return [] if shown or word.ticket in facts.listed else [f"{word.token} is shown nowhere"]


def _first(facts: "Facts", post: Post) -> Iterator[str]:
    """Tokens of the words a post was made for: not those that a history repeats."""
    said = post.first
    if isinstance(said, Speech) and said.speaker in (Speaker.USER, Speaker.MEMBER) and not said.part:
        yield from facts.said.tokens_in(said.text)


def _text(post: Post) -> str:
    return post.first.text if isinstance(post.first, Speech) else ""


def _threads(facts: "Facts") -> Iterator[Thread]:
    for shore in facts.world.chats.values():
        yield from shore.channels.threads.values()


def _posts(facts: "Facts") -> Iterator[Post]:
    for shore in facts.world.chats.values():
        yield from (post for post in shore.channels.posts.values() if not isinstance(post.first, Notice))
