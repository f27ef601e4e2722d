"""The config file's sections about the outside: server, storage, platforms, bots, people. YAML keys are field names."""

import re
from collections.abc import Iterable
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    model_validator,
)

from bridge.domain.chosen import QUIET
from bridge.rulebook.complaints import did_you_mean, quoted
from bridge.rulebook.scalars import PlainName, wrong

EVENT_TYPES = (
    "ticket.opened",
    "ticket.assigned",
    "ticket.unassigned",
    "ticket.reassigned",
    "ticket.updated",
    "ticket.rerouted",
    "ticket.snoozed",
    "ticket.resumed",
    "ticket.reopened",
    "ticket.delayed",
    "ticket.closed",
    "ticket.undeliverable",
    "ticket.queue_updated",
    "message.failed",
    "message.created",
    "message.updated",
    "message.deleted",
    "draft.decided",
    "draft.group_decided",
    "draft.revise_requested",
    "draft.expired",
    "draft.superseded",
    "activity.changed",
    "reminder.sent",
    "user.erased",
    "endpoint.ping",
)
"""What a bot may choose in `callback.events`."""

NO_LITERAL = "a secret never stands in this file: write {env: NAME} or {file: path}"


class Strict(BaseModel):
    """Unknown keys are errors, and nothing is converted: "8700" is no number."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _no_literal(value: object) -> object:
    if not isinstance(value, (dict, BaseModel)):
        raise wrong(NO_LITERAL)
    return value


class SecretRef(Strict):
    """Where a secret is: an environment variable, or a file."""

    env: str | None = Field(default=None, description="Name of an environment variable.", examples=["SLACK_BOT_TOKEN"])
    file: str | None = Field(default=None, description="Path of a file; a relative one starts beside this file.")

    @model_validator(mode="after")
    def _one(self) -> "SecretRef":
        if len(self.model_fields_set) != 1:
            raise wrong("write exactly one of {env: NAME} and {file: path}")
        return self


class KeyRef(Strict):
    """Where a bot's bearer key is, or only its SHA-256."""

    env: str | None = Field(default=None, description="Name of an environment variable.")
    file: str | None = Field(default=None, description="Path of a file.")
    sha256: str | None = Field(default=None, description="SHA-256 of the key, 64 hex digits.")

    @model_validator(mode="after")
    def _one(self) -> "KeyRef":
        if len(self.model_fields_set) != 1:
            raise wrong("write exactly one of {env: NAME}, {file: path} and {sha256: …}")
        if self.sha256 is not None and not re.fullmatch(r"[0-9a-fA-F]{64}", self.sha256):
            raise wrong("sha256 must be 64 hex digits")
        return self


Secret: TypeAlias = Annotated[SecretRef, BeforeValidator(_no_literal)]
Key: TypeAlias = Annotated[KeyRef, BeforeValidator(_no_literal)]


def _text_or_ref(value: object) -> str:
    return "«ref»" if isinstance(value, (dict, SecretRef)) else "«text»"


TextOrRef: TypeAlias = Annotated[
    Annotated[str, Tag("«text»")] | Annotated[SecretRef, Tag("«ref»")], Discriminator(_text_or_ref)
]


def _is_address(value: str, pattern: str) -> bool:
    try:
        return re.fullmatch(pattern, value) is not None and (urlsplit(value).port or 80) > 0
    except ValueError:
        return False


def _web_address(value: str) -> str:
    if not _is_address(value, r"https?://[^\s/?#@\\]+(/[^\s?#\\]*)?"):
        raise wrong(f"{quoted(value)} is not a web address; write for example https://handrail.acme.example")
    return value.rstrip("/")


def _callback_address(value: str) -> str:
    if not _is_address(value, r"https?://[^\s/?#@\\]+(/[^\s#\\]*)?"):
        raise wrong(f"{quoted(value)} is not a web address; write for example https://bot.example/handrail")
    return value


def named_events(said: Iterable[str]) -> frozenset[str]:
    """What a list of types and patterns such as `ticket.*` means."""
    groups = tuple(name.removesuffix("*") for name in said if name.endswith(".*"))
    return frozenset(said) & frozenset(EVENT_TYPES) | {
        each for each in EVENT_TYPES if each.startswith(groups) and each not in QUIET
    }


def _event_type(value: str) -> str:
    if value.endswith(".*") and any(each.startswith(value.removesuffix("*")) for each in EVENT_TYPES):
        return value
    if value not in EVENT_TYPES:
        raise wrong(f"{quoted(value)} is not an event type{did_you_mean(value, EVENT_TYPES)}")
    return value


def _all_or_list(value: object) -> str:
    return "«list»" if isinstance(value, list) else "«all»"


EventChoice: TypeAlias = Annotated[
    Annotated[Literal["all"], Tag("«all»")]
    | Annotated[list[Annotated[str, AfterValidator(_event_type)]], Tag("«list»")],
    Discriminator(_all_or_list),
]


class Server(Strict):
    """Where the daemon listens. A change needs a restart."""

    host: str = Field(default="127.0.0.1", min_length=1, description="The address to listen on; 0.0.0.0 is all.")
    port: int = Field(default=8700, ge=0, le=65535, description="The port to listen on; PORT overrules it.")
    public_url: Annotated[str, AfterValidator(_web_address)] | None = Field(
        default=None, description="How browsers and bots reach it; links on cards begin with it."
    )
    metrics_token: Secret | None = Field(
        default=None,
        description="Who reads /metrics shows it as a bearer token. Without one only a daemon on loopback answers.",
    )


class Store(Strict):
    """The database. A change needs a restart."""

    url: TextOrRef = Field(
        default="sqlite://data/handrail.db", description="sqlite://path, or {env: NAME} holding postgres://…"
    )


class Files(Strict):
    """Where attachments are kept."""

    url: TextOrRef = Field(default="file://data/files", description="file://, s3://, gs:// or az://")


class Platform(BaseModel):
    """One workspace or guild. All other keys are the platform's own and read by its adapter."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)
    kind: PlainName = Field(description="slack or discord", examples=["slack"])


class Where(Strict):
    """A channel, or the console."""

    platform: str = Field(description="A name under `platforms`, or console.")
    channel: str | None = Field(default=None, description="The channel's id, in quotes.", examples=["C0HELP"])


class Alarms(Strict):
    """Who hears that a platform, a bot or this file is broken."""

    to: list[Where] = Field(min_length=1, description="Channels, or the console; on two platforms at best.")


class Callback(Strict):
    """Where the bot is told what happened. Without one it polls `/v1/events`."""

    url: Annotated[str, AfterValidator(_callback_address)] = Field(
        description="The bot's address.", examples=["https://bot.example/handrail"]
    )
    secret: Secret | None = Field(default=None, description="Signs callbacks (whsec_…).")
    secrets: list[Secret] = Field(default=[], description="Several during a rotation; the first one signs too.")
    events: EventChoice = Field(
        default="all",
        description="all, or a list of event types and patterns such as ticket.*; ticket.queue_updated and "
        "reminder.sent only by their names. The events poll has all of them.",
    )
    private: bool = Field(default=False, description="Allows an address inside your own network.")


class CallRate(Strict):
    """How often a bot may call; beyond it calls are answered 429 with Retry-After."""

    per_second: int = Field(default=1000, ge=1, le=100_000, description="Calls a second in the long run.")
    burst: int = Field(default=2000, ge=1, le=100_000, description="Calls at once after a quiet time.")


class Bot(Strict):
    """Who may escalate. `handrail bots new NAME` prints such a block."""

    kind: PlainName = Field(default="webhook", description="webhook or botpress")
    keys: list[Key] = Field(default=[], description="Bearer keys; two during a rotation.")
    secrets: list[Secret] = Field(default=[], description="Secrets of signed requests (whsec_…).")
    callback: Callback | None = Field(default=None, description="Where it hears what happens; else it polls.")
    attributes: dict[str, Literal["string", "number", "boolean"]] = Field(
        default={}, description="What the bot says about a ticket; only declared attributes can be matched."
    )
    file_hosts: list[str] = Field(default=[], description="Attachments by URL are fetched from these hosts only.")
    rate: CallRate = Field(default=CallRate(), description="How often it may call.")


class Team(Strict):
    """Who may work on a ticket. One source suffices; several add up."""

    members: list[str] = Field(default=[], description="Names under `members`.")
    slack_group: str | None = Field(default=None, description="Id of a Slack user group.", examples=["S0SUPPORT"])
    discord_role: str | None = Field(default=None, description="Id of a Discord role, in quotes.")
    members_of: Literal["channel"] | None = Field(
        default=None, description="Whoever is in the ticket's channel; no guests, unless `guests` says otherwise."
    )
    guests: Literal["refuse", "allow"] = Field(
        default="refuse",
        description="Guests of the workspace in its group, role or channel: may they act? People of another "
        "organisation never do; whoever is named under `members` always does.",
    )
    max_open: int | None = Field(default=None, ge=1, description="Own tickets before a claim asks back.")


class Words(Strict):
    """What the team calls things."""

    user: str = Field(default="user", min_length=1, max_length=40, description="An end user, e.g. customer.")
    note: str = Field(default="note", pattern=r"^\w{1,20}$", description="`note:` keeps a message inside.")
    send: str = Field(default="send", pattern=r"^\w{1,20}$", description="`send:` sends a message.")


class Demo(Strict):
    """The webchat and the small bot of a first run. They speak for `bot` by HTTP like any other."""

    enabled: bool = Field(default=True, description="Only on loopback.")
    bot: PlainName = Field(default="shop-bot", description="A name under `bots`.")


Member: TypeAlias = Annotated[
    dict[str, str],
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "One human's accounts: a platform's name or kind, or console → the user's id there.",
        }
    ),
]
