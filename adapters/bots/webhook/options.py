"""A bot's `callback:` section."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, SecretStr, field_validator, model_validator
from yarl import URL

from adapters.bots.webhook.signature import secret_bytes
from bridge.domain.chosen import wanted


class WebhookOptions(BaseModel):
    """Where callbacks go. With several secrets, during a rotation, each callback carries a signature of each."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str
    secret: SecretStr | None = None
    secrets: tuple[SecretStr, ...] = ()
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

    @model_validator(mode="after")
    def _signs(self) -> "WebhookOptions":
        if not self.keys:
            raise ValueError("callbacks are signed: secret is missing")
        return self

    @property
    def keys(self) -> tuple[bytes, ...]:
        """What signs, the present secret first."""
        every = (*((self.secret,) if self.secret else ()), *self.secrets)
        return tuple(dict.fromkeys(secret_bytes(each.get_secret_value()) for each in every))

    def wants(self, event: str) -> bool:
        return wanted(event, None if self.events == "all" else self.events)
