"""Texts to the user at the turns of a ticket, for bots that leave them to us (`notices: relay`).

Each is said once per change of hands, is kept and told like a reply, and is nobody's answer: no clock stops for it.
"""

import re
from dataclasses import replace
from hashlib import sha256

from bridge.domain.availability import Availability
from bridge.domain.lifecycle.telling import Telling
from bridge.domain.people import ActorKind, Assignee, system
from bridge.domain.policy import Stage
from bridge.domain.refs import MessageId
from bridge.domain.saying import availability_text, stage_text, usual_wait, wait_in_words
from bridge.domain.ticket import Outcome
from bridge.domain.words import Author, Message, User, WordsKind, WordsState

RELAY = "relay"
PLACEHOLDER = re.compile(r"\{(name|first_name|wait)\}")
SPEAKER = system("handrail")


def say_opened(telling: Telling, availability: Availability | None, user: User) -> None:
    """Somebody will come; or when."""
    if availability is None or telling.ticket.notices != RELAY:
        return
    telling.become(replace(telling.ticket, usual_wait=usual_wait(availability)))
    language = telling.ticket.language or user.locale
    own = availability_text(availability, telling.now, language, user.timezone)
    _say(telling, Stage.OPENED, own)


def say_assigned(telling: Telling, member: Assignee) -> None:
    _say(telling, Stage.ASSIGNED, member=member)


def say_waiting(telling: Telling) -> None:
    """Still in the queue, or again."""
    if telling.ticket.told_to_wait != telling.ticket.epoch:
        telling.become(replace(telling.ticket, told_to_wait=telling.ticket.epoch))
        _say(telling, Stage.WAITING)


def say_closed(telling: Telling, outcome: Outcome) -> None:
    """A bot that took the conversation back knows what to say, and who sends spam hears nothing."""
    if telling.actor.kind is not ActorKind.BOT and outcome is not Outcome.SPAM:
        _say(telling, Stage.CLOSED)


def _say(telling: Telling, stage: Stage, own: str | None = None, member: Assignee | None = None) -> None:
    ticket = telling.ticket
    said = ticket.policy.say.get(stage)
    if ticket.notices != RELAY or said == "":
        return
    text = said or own or stage_text(stage, ticket.language)
    values = {"wait": wait_in_words(ticket.usual_wait, ticket.language)}
    if member is not None:
        values |= {"name": ticket.policy.relay.alias(member.name), "first_name": member.name.partition(" ")[0]}
    # In one pass: what is filled in is not looked at again.
    text = PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)
    message = _id(telling, stage)
    telling.add(
        Message(
            id=message, ticket=ticket.id, kind=WordsKind.REPLY, author=Author.SYSTEM, author_key=SPEAKER.key,
            author_name=SPEAKER.name, text=text, at=telling.now, state=WordsState.SENDING,
        )
    )  # fmt: skip
    telling.log("stage.said", told_as="message.created", message=message, actor=SPEAKER, stage=stage)


def _id(telling: Telling, stage: Stage) -> MessageId:
    """Its own, and the same when the decision is made again."""
    name = f"{telling.ticket.id}/{telling.ticket.seq}/{stage}"
    return MessageId(f"msg_{sha256(name.encode()).hexdigest()[:32]}")
