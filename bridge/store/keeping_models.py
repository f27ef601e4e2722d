"""The tables of what keeps a site in order: files, the audit, alarms, erased people, events that cannot be handled."""
# ruff: noqa: D106 - every Meta is Tortoise's

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from bridge.store.models import EXTERNAL, ID, NAME, moment, short, short_or_none


# A file of a message. `state` is wanted (to be fetched from `url`), kept, failed or gone; its bytes are in the object
# store under `id`. `bot` may name it in messages; `uploader` is the bot's name, a member's key or the user's id.
class FileRow(Model):
    id = fields.CharField(max_length=ID, primary_key=True)
    bot = short_or_none()
    ticket = short_or_none(ID)
    message = short_or_none(ID)
    """The message that names it; a file that none names is kept for a day only."""
    uploader = short()
    key = fields.CharField(max_length=ID, null=True, unique=True)
    """Digest of what makes the upload repeatable: the bot and its idempotency key."""
    state = short(16)
    name = short(EXTERNAL)
    content_type = short_or_none()
    size = fields.BigIntField(null=True)
    digest = short_or_none(ID)
    """SHA-256 of the bytes."""
    url = fields.TextField(null=True)
    attempts = fields.IntField(default=0)
    due = moment()
    """When it is fetched next."""
    reason = fields.TextField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "files"
        indexes = (
            Index(fields=("ticket",), name="files_ticket"),
            Index(fields=("state", "due"), name="files_due"),
            Index(fields=("created_at",), name="files_created"),
        )


# Secrets the site makes for itself, such as the key that signs the links of files.
class SiteKeyRow(Model):
    name = fields.CharField(max_length=ID, primary_key=True)
    value = short()
    """Hexadecimal."""

    class Meta:
        table = "site_keys"


# Who did what to the site. Rows are only ever added (triggers refuse the rest); they hold no words and no secrets.
class AuditRow(Model):
    ord = fields.BigIntField(primary_key=True)
    at = fields.DatetimeField()
    actor = short()
    via = short(32)
    action = short(64)
    object = short(EXTERNAL)
    body: fields.JSONField[Any] = fields.JSONField()

    class Meta:
        table = "audit"
        indexes = (Index(fields=("at",), name="audit_at"), Index(fields=("object",), name="audit_object"))


# An event that could not be handled, by its key: how often it was tried, and why it failed last.
class QuarantineRow(Model):
    ord = fields.BigIntField(primary_key=True)
    key = short(EXTERNAL)
    scope = short()
    what = short(64)
    attempts = fields.IntField()
    reason = fields.TextField()
    first_at = fields.DatetimeField()
    last_at = fields.DatetimeField()

    class Meta:
        table = "quarantine"
        unique_together = (("key", "scope"),)


# The receipt of an erasure. `person` is a digest of the bot's id of the user, never the id itself.
class ErasureRow(Model):
    id = fields.CharField(max_length=ID, primary_key=True)
    bot = short()
    user = short(ID)
    person = short(ID)
    state = short(16)
    at = fields.DatetimeField()
    body: fields.JSONField[Any] = fields.JSONField()
    """Counts of what was overwritten."""

    class Meta:
        table = "erasures"
        indexes = (Index(fields=("bot", "person"), name="erasures_person"),)


# What is wrong with the site, since when, and when somebody was told.
class AlarmRow(Model):
    key = fields.CharField(max_length=NAME, primary_key=True)
    what = short(64)
    since = fields.DatetimeField()
    told_at = moment()
    ended_at = moment()
    over_at = moment()
    """When its end was told."""
    body: fields.JSONField[Any] = fields.JSONField()

    class Meta:
        table = "alarms"


# What the log of one route's tickets came to in an hour that is over. No persons and no words: it outlives the tickets.
class MeasuredRow(Model):
    ord = fields.BigIntField(primary_key=True)
    hour = fields.DatetimeField()
    route = short()
    body: fields.JSONField[Any] = fields.JSONField()

    class Meta:
        table = "measured"
        unique_together = (("hour", "route"),)


# A pace that several processes share: when units of it were spent, in milliseconds of the database's clock.
class BudgetRow(Model):
    name = fields.CharField(max_length=NAME, primary_key=True)
    spent: fields.JSONField[Any] = fields.JSONField()
    blocked_until = fields.BigIntField(default=0)
    """The platform itself said that it is used up."""

    class Meta:
        table = "budgets"
