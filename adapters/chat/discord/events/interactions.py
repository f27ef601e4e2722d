"""Clicks and the slash command → what somebody asked for."""

from collections.abc import Mapping
from typing import Any

import discord

from adapters.chat.discord.events.messages import Home
from adapters.chat.discord.events.people import person_of
from adapters.chat.discord.render.buttons import Act
from bridge.domain.events import ButtonPressed, CommandGiven, FormAsked
from bridge.domain.people import Person
from bridge.domain.refs import Lane, ThreadRef

_USER = discord.AppCommandOptionType.user.value


def to_pressed(interaction: discord.Interaction, act: Act, home: Home) -> ButtonPressed | FormAsked:
    # An interaction is told once, and its id is its own.
    key = home.key(f"interaction/{interaction.id}")
    person = person_of(interaction.user, home.platform, home.guild)
    if act.form:
        return FormAsked(key=key, person=person, at=interaction.created_at, ticket=act.ticket, verb=act.verb)
    return ButtonPressed(
        key=key,
        person=person,
        at=interaction.created_at,
        ticket=act.ticket,
        verb=act.verb,
        epoch=act.epoch,
        message=act.message,
        fields=act.fields,
    )


def to_command(interaction: discord.Interaction, home: Home) -> CommandGiven:
    """`/handrail claim 1042` as its words; members named in it stand there as `@Name`, and in `named`."""
    data: Mapping[str, Any] = dict(interaction.data or {})
    named = _named(interaction, data, home)
    lane, thread = _place(interaction, home)
    return CommandGiven(
        key=home.key(f"interaction/{interaction.id}"),
        person=person_of(interaction.user, home.platform, home.guild),
        at=interaction.created_at,
        words=tuple(_words(data.get("options") or [], {person.id: person.name for person in named})),
        lane=lane,
        thread=thread,
        named=named,
    )


def _words(options: list[Mapping[str, Any]], names: Mapping[str, str]) -> list[str]:
    words: list[str] = []
    says = any(option["name"] == "text" for option in options)
    # The number leads the words; Discord wants options that may be left out behind the others.
    for option in sorted(options, key=lambda one: one["name"] != "ticket"):
        if "value" not in option:
            words += [str(option["name"]), *_words(option.get("options") or [], names)]
        elif option.get("type") == _USER:
            words.append(f"@{names.get(str(option['value']), option['value'])}")
        elif says and option["name"] == "ticket":
            words.append(f"#{str(option['value']).removeprefix('#')}")  # so that no number in the text is taken for it
        else:
            words += str(option["value"]).split()
    return words


def _named(interaction: discord.Interaction, data: Mapping[str, Any], home: Home) -> tuple[Person, ...]:
    guild = interaction.guild
    resolved = data.get("resolved") or {}
    people = []
    for user_id, user in (resolved.get("users") or {}).items():
        facts = (resolved.get("members") or {}).get(user_id)
        if guild is None or facts is None:
            continue
        roles = frozenset(str(role) for role in facts.get("roles") or [])
        name = facts.get("nick") or user.get("global_name") or user.get("username") or "someone"
        people.append(
            Person(
                platform=home.platform,
                workspace=str(home.guild),
                id=str(user_id),
                name=name,
                groups=roles,
                in_channel=True,
            )
        )
    return tuple(people)


def _place(interaction: discord.Interaction, home: Home) -> tuple[Lane | None, ThreadRef | None]:
    channel = interaction.channel
    if isinstance(channel, discord.Thread):
        thread = home.thread(channel.parent_id, channel.id)
        return thread.lane, thread
    return (Lane(home.platform, str(channel.id)), None) if channel is not None else (None, None)
