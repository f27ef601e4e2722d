"""A Slack entry under `platforms:`, secrets already resolved."""

from typing import Annotated, ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator, model_validator

LEAST_SECRET: Final = 16

GroupId = Annotated[str, StringConstraints(pattern=r"^S[A-Z0-9]+$")]


class SlackOptions(BaseModel):
    """What a workspace needs. `groups` is filled by the program with the user groups the teams name."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    # Slack hands each event to any one socket of an app: two workspaces on one app would lose each other's.
    OWN: ClassVar = frozenset({"app_token", "bot_token", "signing_secret"})

    kind: str = Field(default="slack", description="Always `slack` here.")
    bot_token: SecretStr = Field(description="Bot token of the installed app, xoxb-…")
    app_token: SecretStr | None = Field(
        default=None, description="App-level token with connections:write, xapp-…, for Socket Mode."
    )
    signing_secret: SecretStr | None = Field(
        default=None, description="Basic Information → Signing Secret, for HTTP mode. In place of app_token."
    )
    api_url: str = Field(default="https://slack.com/api/", description="Another server that speaks the Web API.")
    pace: float = Field(
        default=1, gt=0, le=100, description="How much faster than Slack the server at `api_url` may be called."
    )
    groups: tuple[GroupId, ...] = Field(default=(), description="User groups whose members must be known.")
    sockets: int = Field(default=2, ge=1, le=10, description="Two leave no gap while Slack recycles one of them.")
    user_word: str = Field(default="user", min_length=1, max_length=20, description="Stands behind a user's name.")
    request_timeout: float = Field(default=10, gt=0, le=60, description="Seconds until a call counts as unanswered.")

    @field_validator("api_url")
    @classmethod
    def _ends_with_a_slash(cls, value: str) -> str:
        if not value.startswith(("https://", "http://")):
            raise ValueError("must begin with https://")
        return value if value.endswith("/") else value + "/"

    @field_validator("bot_token")
    @classmethod
    def _a_bot_token(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith("xox"):
            raise ValueError("is no bot token (it begins with xoxb-)")
        return value

    @field_validator("app_token")
    @classmethod
    def _an_app_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith("xapp-"):
            raise ValueError("is no app-level token (it begins with xapp-; Basic Information → App-Level Tokens)")
        return value

    @field_validator("signing_secret")
    @classmethod
    def _a_signing_secret(cls, value: SecretStr | None) -> SecretStr | None:
        secret = "" if value is None else value.get_secret_value()
        if value is not None and (len(secret) < LEAST_SECRET or secret.startswith("x") or not secret.isascii()):
            raise ValueError("is no signing secret (32 letters and digits; Basic Information → Signing Secret)")
        return value

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if (self.app_token is None) == (self.signing_secret is None):
            raise ValueError(
                "needs app_token (Socket Mode, no public address) or signing_secret (HTTP mode), one of both"
            )
        return self
