"""A Discord entry under `platforms:`, secrets already resolved."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr

DISCORD_API = "https://discord.com/api/v10"
DISCORD_GATEWAY = "wss://gateway.discord.gg/"


class DiscordOptions(BaseModel):
    """What a Discord server (a guild) needs."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    kind: str = Field(default="discord", description="Always `discord` here.")
    token: SecretStr = Field(min_length=1, description="The bot's token.")
    guild: str = Field(pattern=r"^\d{5,20}$", description="The server's id, in quotes.")
    message_content: bool = Field(
        default=True,
        description="Read plain messages of threads. Needs the message-content switch on the developer page.",
    )
    api_url: str = Field(
        default=DISCORD_API,
        pattern=r"^https?://\S+/api/v10$",
        description="Another server that speaks the same protocol, for tests and proxies; ends in /api/v10.",
    )
    gateway_url: str = Field(
        default=DISCORD_GATEWAY, pattern=r"^wss?://\S+$", description="The websocket that belongs to api_url."
    )
    groups: tuple[str, ...] = Field(
        default=(), description="Roles the teams name. Every payload brings its member's roles, so none is asked for."
    )
    user_word: str = Field(default="user", min_length=1, max_length=20, description="Stands behind a user's name.")
    request_timeout: float = Field(
        default=20,
        gt=6,
        le=60,
        # discord.py keeps the good answer of the call that empties a bucket until the bucket is full again: 5 s.
        description="Seconds until a call counts as unanswered.",
    )
