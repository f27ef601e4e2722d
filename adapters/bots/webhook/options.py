"""A bot's `callback:` section."""

from typing import Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr, field_validator
from yarl import URL

from adapters.bots.webhook.signature import secret_bytes

_QUIET = frozenset({"ticket.queue_updated", "reminder.sent"})
"""Told only to bots that name them."""


class WebhookOptions(BaseModel):
    """Where callbacks go. `secret` may be a list of two during rotation: each callback then carries both signatures."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str
    secrets: tuple[SecretStr, ...] = Field(validation_alias=AliasChoices("secret", "secrets"), min_length=1)
    private: bool = False
    """This one host may be inner: loopback or a private range."""
    events: Literal["all"] | frozenset[str] = "all"

    @field_validator("url")
    @classmethod
    def _an_http_address(cls, value: str) -> str:
        try:
            url = URL(value)
        except ValueError:
            raise ValueError("not an address; expected e.g. https://bot.example/handrail") from None
        if url.scheme not in {"http", "https"} or not url.host:
            raise ValueError("expected an http or https address with a host")
        if url.user is not None or url.password is not None:
            raise ValueError("name and password do not belong into the address; callbacks are signed")
        if url.fragment:
            raise ValueError("an address for callbacks has no #fragment")
        return value

    @field_validator("secrets", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        return [value] if isinstance(value, str | SecretStr) else value

    @field_validator("secrets")
    @classmethod
    def _readable(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for secret in value:
            secret_bytes(secret.get_secret_value())
        return value

    def wants(self, event: str) -> bool:
        return event not in _QUIET if self.events == "all" else event in self.events
