"""Buttons, choices and the slash command → what somebody asked for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.chat.slack.events.people import Home, Known, person_of
from adapters.chat.slack.events.values import Carried, read
from adapters.chat.slack.events.words import to_commonmark, users_in
from bridge.domain.events import ButtonPressed, CommandGiven, EventKey, FormAsked
from bridge.domain.refs import Lane

Payload = Mapping[str, Any]

# A mention may hold blanks in its label: it stays one word.
_WORD = re.compile(r"(?:<[^<>]*>|[^\s<])+|<")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an interaction came from, and so where its answer goes."""

    channel: str
    user: str
    thread: str | None = None
    response_url: str | None = None
    ephemeral: bool = False
    """It came from a message only its presser sees; the answer takes that message's place."""


def place_of_click(body: Payload) -> Place | None:
    container, message = body.get("container") or {}, body.get("message") or {}
    channel = container.get("channel_id") or (body.get("channel") or {}).get("id")
    user = (body.get("user") or {}).get("id")
    if not channel or not user:
        return None
    return Place(
        channel=channel,
        user=user,
        # A click on the root itself is answered in its thread too.
        thread=container.get("thread_ts") or message.get("thread_ts") or container.get("message_ts"),
        response_url=body.get("response_url"),
        ephemeral=bool(container.get("is_ephemeral")),
    )


def place_of_command(body: Payload) -> Place:
    return Place(channel=body["channel_id"], user=body["user_id"], response_url=body.get("response_url"))


def carried_by(body: Payload) -> Carried | None:
    """What the pressed button stands for; None for a link, or a value that is none of ours."""
    actions = body.get("actions") or []
    if not actions:
        return None
    return read(actions[0].get("value") or (actions[0].get("selected_option") or {}).get("value"))


def to_pressed(
    body: Payload, home: Home, known: Known, at: datetime, *, channel: str | None = None
) -> ButtonPressed | FormAsked | None:
    """None for a link, or a value that is none of ours. `channel`: where a modal was opened that it was pressed in."""
    carried, place = carried_by(body), place_of_click(body)
    if carried is None or (place is None and (body.get("container") or {}).get("type") != "view"):
        return None
    action, user, container = body["actions"][0], body["user"], body.get("container") or {}
    where = place.channel if place is not None else channel or ""
    key = "/".join(
        str(part)
        for part in (
            where or container.get("view_id"),
            container.get("message_ts") or container.get("view_id"),
            action.get("action_id"),
            user["id"],
            action.get("action_ts"),
        )
    )
    person = person_of(
        user["id"],
        home,
        known,
        in_channel=bool(where) and not where.startswith("D"),
        channel=where,
        called=user.get("name") or user.get("username"),
        team=user.get("team_id"),
    )
    event_key = EventKey(home.platform, f"action/{key}")
    if carried.form:
        return FormAsked(key=event_key, person=person, at=at, ticket=carried.ticket, verb=carried.verb)
    return ButtonPressed(
        key=event_key,
        person=person,
        at=at,
        ticket=carried.ticket,
        verb=carried.verb,
        epoch=carried.epoch,
        message=carried.message,
        fields=carried.fields,
    )


def people_in_command(body: Payload) -> set[str]:
    return users_in(str(body.get("text") or "")) | {body["user_id"]}


def split_words(text: str, known: Known) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of a command, and the ids of whom they mention."""
    words = _WORD.findall(text)
    named = [user for word in words for user in sorted(users_in(word))]
    return tuple(to_commonmark(word, known.names, {}) for word in words), tuple(dict.fromkeys(named))


def to_command(body: Payload, home: Home, known: Known, at: datetime) -> CommandGiven:
    channel = str(body["channel_id"])
    inside = not channel.startswith("D")
    words, named = split_words(str(body.get("text") or ""), known)
    return CommandGiven(
        # Commands carry no id of their own; a trigger is used once.
        key=EventKey(home.platform, f"command/{body.get('trigger_id')}"),
        person=person_of(
            body["user_id"], home, known, in_channel=inside, channel=channel, called=body.get("user_name"),
            team=body.get("team_id"),
        ),
        at=at,
        words=words,
        text=to_commonmark(str(body.get("text") or ""), known.names, {}),
        lane=Lane(home.platform, channel) if inside else None,
        named=tuple(person_of(user, home, known, in_channel=False, channel="") for user in named),
    )  # fmt: skip
