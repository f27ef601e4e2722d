"""`/handrail …`: words → the same acts as the buttons."""

import re

from bridge.desk import listings
from bridge.desk.room import Room
from bridge.desk.who import key_of
from bridge.domain.events import ButtonPressed, CommandGiven, Intent, MessageRecast, PersonWrote, Verb, Wish
from bridge.domain.notices import Scene, refusal
from bridge.domain.paint import Answer
from bridge.domain.refs import ThreadRef
from bridge.domain.ticket import Ticket, TicketState
from bridge.domain.words import Author

ACTS = {
    "claim": Verb.CLAIM,
    "take": Verb.CLAIM,
    "assign": Verb.ASSIGN,
    "release": Verb.RELEASE,
    "close": Verb.CLOSE,
    "reopen": Verb.REOPEN,
    "snooze": Verb.SNOOZE,
    "wake": Verb.WAKE,
    "move": Verb.MOVE,
    "why": Verb.WHY,
    "transcript": Verb.TRANSCRIPT,
}
SHOWS = ("list", "mine", "next", "here", "help")
SAYS = {"reply": Intent.REPLY, "send": Intent.REPLY, "note": Intent.NOTE}
WISHES = {"send": Wish.SEND, "keep": Wish.KEEP, "unsend": Wish.UNSEND}
"""In a thread and without words of their own: about what the member wrote there last."""
WORDS = (*SHOWS, *ACTS, *SAYS, *WISHES)


async def understand(room: Room, event: CommandGiven) -> Answer | ButtonPressed | PersonWrote | MessageRecast:
    """What the words ask for: something to show, or an act on a ticket.

    In a ticket's thread the number may be left out.
    """
    word, rest = (event.words[0].lower(), event.words[1:]) if event.words else ("help", ())
    match word:
        case "help" | "?":
            return listings.helped()
        case "list" | "queue":
            return await listings.queue(room, event.lane, event.person)
        case "mine":
            return await listings.mine(room, key_of(event.person, room.rules.current), event.lane, event.person)
        case "next":
            return await listings.oldest(room, event.lane, event.person)
        case "here":
            return listings.here(event.lane)
        case _ if word in WISHES and event.thread is not None and not rest:
            return await _about_the_last(room, event, WISHES[word], event.thread)
        case "keep" | "unsend":
            return refusal("only_in_threads", Scene())
        case _ if word in ACTS or word in SAYS:
            ticket, left = await _ticket(room, event, rest, says=word in SAYS)
            if ticket is None:
                return refusal("unknown_ticket" if left != rest else "which_ticket", Scene(facts={"word": word}))
            rest = left
            if word in SAYS and not rest:
                return refusal("no_words", Scene())
            return _say(event, word, rest, ticket) if word in SAYS else _act(event, ACTS[word], rest, ticket)
        case _:
            return listings.not_known(word, WORDS)


async def _ticket(
    room: Room, event: CommandGiven, rest: tuple[str, ...], *, says: bool
) -> tuple[Ticket | None, tuple[str, ...]]:
    """The ticket by the number that leads the words, else the thread's own.

    In a thread, words to say may begin with a number of their own: there a ticket's is written with its `#`.
    """
    number = rest[0].removeprefix("#") if rest else ""
    if says and event.thread is not None and rest and number == rest[0]:
        number = ""
    if number.isascii() and number.isdigit() and len(number) <= 9:
        return await room.store.tickets.by_number(int(number)), rest[1:]
    if event.thread is not None:
        found = await room.store.threads.ticket_of(event.thread)
        if found is not None:
            return await room.store.tickets.get(found[0]), rest
    return None, rest


async def _about_the_last(
    room: Room, event: CommandGiven, wish: Wish, thread: ThreadRef
) -> Answer | MessageRecast:  # fmt: skip
    """The menu of a message, typed: whoever types it means their own last words in this thread."""
    found = await room.store.threads.ticket_of(thread)
    view = await room.store.tickets.view(found[0]) if found is not None else None
    key = key_of(event.person, room.rules.current)
    for message in reversed(view.messages if view is not None else ()):
        if message.author is Author.MEMBER and message.author_key == key and message.origin is not None:
            return MessageRecast(key=event.key, person=event.person, at=event.at, origin=message.origin, wish=wish)
    return refusal("no_words_of_ours", Scene())


def _act(event: CommandGiven, verb: Verb, rest: tuple[str, ...], ticket: Ticket) -> ButtonPressed:
    fields: dict[str, str] = {}
    if verb is Verb.SNOOZE:
        fields["until"] = rest[0] if rest else ""
    if verb is Verb.MOVE:
        fields["route"] = rest[0] if rest else ""
    if verb is Verb.CLOSE and rest:
        fields["outcome"] = rest[0].lower()
    if verb is Verb.ASSIGN and rest and not event.named:
        fields["to"] = rest[0].removeprefix("@")
    named = event.named[0] if event.named else None
    # Typed on a ticket that has long been reopened or closed, a command means today's ticket.
    epoch = ticket.epoch if ticket.state is not TicketState.CLOSED else None
    return ButtonPressed(
        key=event.key, person=event.person, at=event.at, ticket=ticket.id, verb=verb, epoch=epoch, fields=fields,
        named=named,
    )  # fmt: skip


def _say(event: CommandGiven, word: str, rest: tuple[str, ...], ticket: Ticket) -> PersonWrote:
    ahead = len(event.words) - len(rest)
    before = re.match(rf"(?:\s*\S+){{{ahead}}}\s*", event.text)
    text = event.text[before.end() :].rstrip() if before is not None else " ".join(rest)
    return PersonWrote(key=event.key, person=event.person, at=event.at, text=text, ticket=ticket.id, intent=SAYS[word])
