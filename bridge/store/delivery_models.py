"""The tables of delivery. Partial indexes test one column for equality, the one form that migrates on SQLite."""
# ruff: noqa: D106 - every Meta is Tortoise's

from typing import Any

from tortoise import fields
from tortoise.indexes import Index, PartialIndex
from tortoise.models import Model

from bridge.store.models import ID, NAME, moment, short, short_or_none


# The outbox. `live` is 1 until the delivery is done, dead or withdrawn.
class DeliveryRow(Model):
    ord = fields.BigIntField(primary_key=True)
    id = fields.CharField(max_length=ID + 8, unique=True)
    ticket = short_or_none(ID)
    platform = short()
    place = short()
    strand = short(16)
    urgency = fields.SmallIntField()
    state = short(16)
    live = fields.SmallIntField()
    unknown = fields.SmallIntField(default=0)
    """An attempt's outcome is unknown, also while it is looked up (`sending`), waits for a click, or is made again."""
    age = fields.BigIntField(null=True)
    """`ord` of the delivery this one is a part of: its place in the strand."""
    part = fields.IntField(default=0)
    what = short(32)
    message = short_or_none(ID)
    content: fields.JSONField[Any] = fields.JSONField()
    coalesce = short_or_none()
    coalesce_key = fields.CharField(max_length=ID + 3 * NAME, null=True, unique=True)
    attempts = fields.IntField(default=0)
    not_before = moment()
    expires_at = moment()
    created_at = fields.DatetimeField()
    first_at = moment()
    attempted_at = moment()
    finished_at = moment()
    reason = fields.TextField(null=True)
    seen = short_or_none()
    """A post with this delivery's key, as the platform itself told of it while nobody knew of any."""

    class Meta:
        table = "outbox"
        indexes = (
            PartialIndex(
                fields=("platform", "place", "urgency", "ord"), name="outbox_ready", condition={"state": "ready"}
            ),
            PartialIndex(fields=("platform", "place", "ord"), name="outbox_unknown", condition={"state": "unknown"}),
            PartialIndex(fields=("platform", "place"), name="outbox_sending", condition={"state": "sending"}),
            PartialIndex(fields=("ticket",), name="outbox_live", condition={"live": 1}),
            PartialIndex(fields=("platform", "place"), name="outbox_dead", condition={"state": "dead"}),
            Index(fields=("message",), name="outbox_message"),
            Index(fields=("ticket", "ord"), name="outbox_ticket"),
        )


# A lane's lease and pause. An empty `place` stands for the whole platform.
class LaneRow(Model):
    ord = fields.BigIntField(primary_key=True)
    platform = short()
    place = short()
    taken_by = short_or_none()
    lease_until = moment()
    fence = fields.BigIntField(default=0)
    paused_because = fields.TextField(null=True)
    paused_until = moment()
    paused_by = short_or_none()
    """The operator who did; what Handrail pauses by itself it also resumes by itself."""
    paused_at = moment()
    digest_message = short_or_none()
    """Our latest digest of this lane's queue."""

    class Meta:
        table = "lanes"
        unique_together = (("platform", "place"),)


# A post of ours that shows a message (or part of it).
class PostRow(Model):
    ord = fields.BigIntField(primary_key=True)
    message = short(ID)
    part = fields.IntField(default=0)
    platform = short()
    place = short()
    thread = short_or_none()
    post = short()

    class Meta:
        table = "posts"
        unique_together = (("platform", "place", "post"),)
        indexes = (Index(fields=("message",), name="posts_message"),)


class ThreadRow(Model):
    ord = fields.BigIntField(primary_key=True)
    platform = short()
    place = short()
    root = short()
    ticket = short(ID)
    owning = fields.BooleanField()
    watching = fields.BooleanField(null=True)
    """Only a card stands there, for people who watch; nothing written under it is relayed."""
    read_to = short_or_none()
    """Read back completely up to this message; moved by a finished backfill only, never by a live event."""
    read_at = moment()
    """When that backfill began."""

    class Meta:
        table = "threads"
        unique_together = (("platform", "place", "root"),)
        indexes = (Index(fields=("ticket",), name="threads_ticket"),)
