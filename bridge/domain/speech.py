"""Is this message of a member a reply, a note, or held until its writer decides?"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bridge.domain.actions import SIDE_TALK_WITHIN
from bridge.domain.events import Intent
from bridge.domain.people import Actor
from bridge.domain.policy import Guard, RelayMode, ReplyClaims
from bridge.domain.ticket import Ticket, TicketState, WhyHeld


class Meaning(StrEnum):
    """What a member's words become."""

    REPLY = "reply"
    NOTE = "note"
    HELD = "held"
    CLAIM_AND_REPLY = "claim_and_reply"


@dataclass(frozen=True, slots=True)
class Judged:
    """The meaning, the text without its leading word, and for held words why and for whom they look meant."""

    meaning: Meaning
    text: str
    why: WhyHeld | None = None
    meant_for: str | None = None


def kind_of(
    ticket: Ticket, actor: Actor, text: str, *, intent: Intent, mentions: tuple[str, ...], now: datetime
) -> Judged:
    """Judge a member's words by what they said it is, the ticket's state, and its relay mode.

    Whoever is not of the team, or whose team could not be found out, always stays inside.
    """
    relay = ticket.policy.relay
    note, without_note = leading(text, relay.note_word)
    send, without_send = leading(text, relay.send_word)
    if intent is Intent.NOTE or (note and intent is Intent.PLAIN):
        return Judged(Meaning.NOTE, without_note if note else text)
    if not actor.may_work_for(ticket.policy.team):
        return Judged(Meaning.NOTE, text)
    outward = send or intent in {Intent.REPLY, Intent.CLAIM_AND_REPLY}
    words = without_send if send else text
    match ticket.state:
        case TicketState.CLOSED:
            if outward or _would_speak(ticket, actor):
                return Judged(Meaning.HELD, words, WhyHeld.CLOSED)
            return Judged(Meaning.NOTE, words)
        case TicketState.OPEN:
            return _of_unclaimed(ticket, words, intent=intent, outward=outward)
        case TicketState.ASSIGNED:
            if outward:
                return Judged(Meaning.REPLY, words)
            return _of_assigned(ticket, actor, words, mentions, now)


def _of_unclaimed(ticket: Ticket, text: str, *, intent: Intent, outward: bool) -> Judged:
    policy = ticket.policy
    if intent is Intent.CLAIM_AND_REPLY:
        return Judged(Meaning.CLAIM_AND_REPLY, text)
    if policy.relay.mode is RelayMode.EVERYONE and policy.reply_claims is ReplyClaims.NEVER:
        return Judged(Meaning.REPLY, text)
    if policy.relay.mode is RelayMode.EXPLICIT and not outward:
        return Judged(Meaning.NOTE, text)
    match policy.reply_claims:
        case ReplyClaims.ALWAYS:
            return Judged(Meaning.CLAIM_AND_REPLY, text)
        case ReplyClaims.ASK:
            return Judged(Meaning.HELD, text, WhyHeld.UNCLAIMED)
        case ReplyClaims.NEVER:
            return Judged(Meaning.REPLY if outward else Meaning.NOTE, text)


def _of_assigned(ticket: Ticket, actor: Actor, text: str, mentions: tuple[str, ...], now: datetime) -> Judged:
    relay = ticket.policy.relay
    match relay.mode:
        case RelayMode.EXPLICIT:
            return Judged(Meaning.NOTE, text)
        case RelayMode.EVERYONE:
            return Judged(Meaning.REPLY, text)
        case RelayMode.ASSIGNEE:
            if ticket.assignee is None or ticket.assignee.key != actor.key:
                return Judged(Meaning.NOTE, text)
    if Guard.MENTION in relay.guard and mentions:
        return Judged(Meaning.HELD, text, WhyHeld.MENTION, mentions[0])
    talk = ticket.side_talk
    if Guard.SIDE_TALK in relay.guard and talk and talk.by != actor.key and now - talk.at <= SIDE_TALK_WITHIN:
        return Judged(Meaning.HELD, text, WhyHeld.SIDE_TALK, talk.name)
    return Judged(Meaning.REPLY, text)


def _would_speak(ticket: Ticket, actor: Actor) -> bool:
    """Would these words have gone out before the ticket was closed? Then their writer must hear that they did not."""
    last = ticket.last_assignee
    mode = ticket.policy.relay.mode
    return mode is RelayMode.EVERYONE or (mode is RelayMode.ASSIGNEE and last is not None and last.key == actor.key)


def leading(text: str, word: str) -> tuple[bool, str]:
    """Does the text begin with `word:`? Case does not matter, nor do blanks before the colon."""
    found = re.match(rf"\s*{re.escape(word)}\s*:\s*", text, re.IGNORECASE)
    return (True, text[found.end() :]) if found else (False, text)
