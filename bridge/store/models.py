"""The tables. Rows never leave this folder; what goes in and out are domain records.

Indexes stand in `Meta.indexes` only: one declared on a field that is added later is silently lost by the migrations.
What delivery needs is in `delivery_models`. Comments, not docstrings, describe the classes: Tortoise would write a
docstring into the table's definition.
"""
# ruff: noqa: D106 - every Meta is Tortoise's

from datetime import datetime
from typing import Any

from tortoise import fields
from tortoise.indexes import Index, PartialIndex
from tortoise.models import Model

ID = 64
NAME = 255
EXTERNAL = 512


def moment() -> fields.DatetimeField[datetime | None]:
    return fields.DatetimeField(null=True)


def short(length: int = NAME) -> fields.CharField[str]:
    return fields.CharField(max_length=length)


def short_or_none(length: int = NAME) -> fields.CharField[str | None]:
    return fields.CharField(max_length=length, null=True)


# What lists and look-ups ask for stands in columns; the whole ticket but its policy is `body`.
class TicketRow(Model):
    id = fields.CharField(max_length=ID, primary_key=True)
    number = fields.IntField(unique=True)
    bot = short()
    conversation = short(EXTERNAL)
    user = short(ID)
    kind = short(32)
    state = short(32)
    assignee_key = short_or_none()
    priority = short(32)
    on_user = fields.SmallIntField()  # 1 while the team waits for the user: such tickets stand last in lists
    queued_at = fields.DatetimeField()  # since when it waits, else when it was opened
    created_at = fields.DatetimeField()
    closed_at = moment()
    snoozed_until = moment()
    platform = short_or_none()
    place = short_or_none()
    policy = short(ID)
    open_key = fields.CharField(max_length=NAME + EXTERNAL + 1, null=True, unique=True)
    """Bot and conversation while it is not closed: a conversation has one open ticket."""
    emptied = fields.SmallIntField(null=True)
    """1 once its words were removed."""
    body: fields.JSONField[Any] = fields.JSONField()

    class Meta:
        table = "tickets"
        indexes = (
            Index(fields=("bot", "conversation"), name="tickets_conversation"),
            Index(fields=("state", "on_user", "queued_at", "number"), name="tickets_queue"),
            Index(fields=("state", "closed_at", "number"), name="tickets_closed"),
            Index(fields=("assignee_key", "state"), name="tickets_assignee"),
            Index(fields=("platform", "place", "state"), name="tickets_lane"),
            Index(fields=("user",), name="tickets_user"),
            Index(fields=("created_at",), name="tickets_created"),
            PartialIndex(
                fields=("policy", "emptied", "closed_at"), name="tickets_emptied", condition={"state": "closed"}
            ),
        )


class PolicyRow(Model):
    digest = fields.CharField(max_length=ID, primary_key=True)
    body: fields.JSONField[Any] = fields.JSONField()

    class Meta:
        table = "policies"


class EntryRow(Model):
    ord = fields.BigIntField(primary_key=True)
    ticket = short(ID)
    seq = fields.IntField()
    kind = short(64)
    at = fields.DatetimeField()
    message = short_or_none(ID)
    body: fields.JSONField[Any] = fields.JSONField()

    class Meta:
        table = "entries"
        unique_together = (("ticket", "seq"),)


# Words. `kind` is one of `WordsKind`, or `brief` for what an escalation said (then `body` holds it).
class MessageRow(Model):
    ord = fields.BigIntField(primary_key=True)
    """Arrival: the order in which a ticket's messages are shown."""
    id = fields.CharField(max_length=ID, unique=True)
    ticket = short(ID)
    kind = short(32)
    author = short(32)
    author_key = short()
    author_name = short_or_none(EXTERNAL)
    text = fields.TextField()
    at = fields.DatetimeField()
    state = short(32)
    external_id = short_or_none(EXTERNAL)
    origin_platform = short_or_none()
    origin_place = short_or_none()
    origin_thread = short_or_none()
    origin_message = short_or_none()
    revision = fields.IntField()
    edited_at = moment()
    reply_to = short_or_none(EXTERNAL)
    failure = fields.TextField(null=True)
    body: fields.JSONField[Any] = fields.JSONField()
    """Attachments; for a brief all of it."""

    class Meta:
        table = "messages"
        unique_together = (("ticket", "external_id"),)
        indexes = (
            Index(fields=("ticket", "kind"), name="messages_ticket"),
            Index(fields=("origin_message", "origin_place", "origin_platform"), name="messages_origin"),
        )


class UserRow(Model):
    id = fields.CharField(max_length=ID, primary_key=True)
    bot = short()
    external_id = short(EXTERNAL)
    name = short_or_none(EXTERNAL)
    locale = short_or_none()
    timezone = short_or_none()
    avatar_url = fields.TextField(null=True)
    email = short_or_none(EXTERNAL)
    verified = fields.BooleanField()

    class Meta:
        table = "users"
        unique_together = (("bot", "external_id"),)


# `cursor` counts the bot's feed rows; it is taken under the row's lock as the last thing of a transaction.
class BotRow(Model):
    name = fields.CharField(max_length=NAME, primary_key=True)
    cursor = fields.BigIntField(default=0)
    forgotten = fields.BigIntField(null=True)
    """The last cursor whose row is no longer kept."""

    class Meta:
        table = "bots"


class FeedEntryRow(Model):
    id = fields.CharField(max_length=ID, primary_key=True)
    bot = short()
    cursor = fields.BigIntField()
    ticket = short(ID)
    body: fields.JSONField[Any] = fields.JSONField()

    class Meta:
        table = "feed"
        unique_together = (("bot", "cursor"),)


class TimerRow(Model):
    ord = fields.BigIntField(primary_key=True)
    ticket = short(ID)
    kind = short(32)
    subject = short(ID)
    due = fields.DatetimeField()

    class Meta:
        table = "timers"
        unique_together = (("ticket", "kind", "subject"),)
        indexes = (Index(fields=("due",), name="timers_due"),)


class EventKeyRow(Model):
    ord = fields.BigIntField(primary_key=True)
    key = short(EXTERNAL)
    scope = short()
    fingerprint = short()
    verdict: fields.JSONField[Any] = fields.JSONField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "event_keys"
        unique_together = (("key", "scope"),)
        indexes = (Index(fields=("created_at",), name="event_keys_created"),)


class ParkedRow(Model):
    ord = fields.BigIntField(primary_key=True)
    key = short(EXTERNAL)
    scope = short()
    platform = short()
    place = short()
    event: fields.JSONField[Any] = fields.JSONField()
    parked_at = fields.DatetimeField()

    class Meta:
        table = "parked"
        unique_together = (("key", "scope"),)


class OutageRow(Model):
    platform = fields.CharField(max_length=NAME, primary_key=True)
    since = fields.DatetimeField()

    class Meta:
        table = "outages"


# Somebody who may sign in to the console.
class MemberRow(Model):
    name = fields.CharField(max_length=NAME, primary_key=True)
    admin = fields.BooleanField()
    invited_at = fields.DatetimeField()
    seen_at = moment()

    class Meta:
        table = "members"


# `digest` is the SHA-256 of the token; the token itself is nowhere.
class InviteRow(Model):
    digest = fields.CharField(max_length=ID, primary_key=True)
    member = short()
    expires_at = fields.DatetimeField()

    class Meta:
        table = "invites"
        indexes = (Index(fields=("member",), name="invites_member"),)


# `digest` is the SHA-256 of the session id; the id itself is only in the member's cookie.
class SessionRow(Model):
    digest = fields.CharField(max_length=ID, primary_key=True)
    member = short()
    csrf = short()
    created_at = fields.DatetimeField()
    seen_at = fields.DatetimeField()

    class Meta:
        table = "sessions"
        indexes = (Index(fields=("member",), name="sessions_member"),)


class CounterRow(Model):
    name = fields.CharField(max_length=ID, primary_key=True)
    value = fields.BigIntField()

    class Meta:
        table = "counters"
