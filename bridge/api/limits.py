"""Every bound of the HTTP interface, in one place."""

from dataclasses import dataclass, field
from typing import TypedDict

from bridge.domain.buckets import Rate
from bridge.domain.files import FILE_BYTES

BODY_BYTES = 256 * 1024
TEXT_CHARACTERS = 40_000
TITLE_CHARACTERS = 65_536
"""As generous as a body allows: a strange title is taken and shortened where it is shown, never refused."""
TRANSCRIPT_ENTRIES = 500
ATTRIBUTES_BYTES = 8 * 1024
METADATA_BYTES = 8 * 1024
JSON_DEPTH = 32
OBJECT_KEYS = 200
ATTACHMENTS = 10
FILES = "/v1/files"
FORM_AROUND = 16 * 1024
PAGE_ROWS = 100
PAGE_USUAL = 25
WAIT_SECONDS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a running interface allows; tests give smaller spans."""

    body_bytes: int = BODY_BYTES
    body_seconds: float = 15.0
    """A body that has not come by then is answered 408."""
    idle_seconds: float = 10.0
    """A connection that sends nothing, or only half of its headers, is cut after so long."""
    bodies_at_once: int = 4096
    """More bodies on their way in than this are answered 503 `overloaded`: each may hold its size in memory."""
    calls_at_once: int = 512
    """More calls at work than this are answered 503 `overloaded`; waiting polls are counted apart."""
    polls_per_bot: int = 16
    file_bytes: int = FILE_BYTES
    file_seconds: float = 300.0
    """A file that has not come by then is answered 408, however steadily it comes."""
    uploads_at_once: int = 32
    """More files on their way in than this are answered 503 `overloaded`: each takes room on the disk."""
    stranger_rate: Rate = field(default_factory=lambda: Rate(per_second=10, burst=1000))
    """How often an address may call without being recognised."""

    @property
    def form_bytes(self) -> int:
        """A file, and what a form has around it."""
        return self.file_bytes + FORM_AROUND

    def most_at(self, path: str) -> int:
        """The largest body that is taken at an address."""
        return self.form_bytes if path == FILES else self.body_bytes


class ServerSettings(TypedDict):
    keepalive_timeout: float
    lingering_time: float
    max_line_size: int
    max_field_size: int
    max_headers: int
    auto_decompress: bool


def server_settings(limits: Limits | None = None) -> ServerSettings:
    """Keyword arguments for `aiohttp.web.AppRunner` of any listener that carries this interface.

    `keepalive_timeout` also cuts idle connections and half-sent headers; aiohttp's own default is an hour.
    Bodies are never inflated: a compressed one is refused by its header.
    """
    return ServerSettings(
        keepalive_timeout=(limits or Limits()).idle_seconds,
        lingering_time=1.0,
        max_line_size=8190,
        max_field_size=8190,
        max_headers=100,
        auto_decompress=False,
    )
