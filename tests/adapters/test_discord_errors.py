import json

import aiohttp
import discord
import pytest

from adapters.chat.discord.errors import MEANING, Broken, Slowed, ThreadArchived, ThreadExists, translate
from bridge.domain.errors import (
    AccessMissing,
    ContentRejected,
    DeliveryError,
    DestinationGone,
    OutcomeUnknown,
    PlatformDown,
    RateLimited,
    TryLater,
    Undeliverable,
)


class Answer:
    """As much of an HTTP answer as discord.py's errors look at."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.reason = ""


def refused(status: int, code: int) -> discord.HTTPException:
    return discord.HTTPException(Answer(status), {"code": code, "message": "what a user wrote"})


@pytest.mark.parametrize(
    ("status", "code", "meaning"),
    [
        (404, 10003, DestinationGone),
        (404, 10008, DestinationGone),
        (403, 50001, AccessMissing),
        (403, 50007, AccessMissing),
        (403, 50013, AccessMissing),
        (400, 50006, ContentRejected),
        (400, 50035, ContentRejected),
        (413, 40005, ContentRejected),
        (400, 50083, ThreadArchived),
        (400, 160004, ThreadExists),
        (400, 160006, TryLater),
        (400, 160005, AccessMissing),
        (400, 20028, TryLater),
        (401, 0, PlatformDown),
        (401, 50027, DestinationGone),
        (403, 0, AccessMissing),
        (404, 0, DestinationGone),
        (429, 0, RateLimited),
        (400, 0, ContentRejected),
        (500, 0, OutcomeUnknown),
    ],
)
def test_each_refusal_has_its_meaning(status, code, meaning):
    error = translate(refused(status, code))

    assert type(error) is meaning or isinstance(error, meaning)
    assert "what a user wrote" not in error.reason


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (TimeoutError(), OutcomeUnknown),
        (ConnectionResetError(), OutcomeUnknown),
        (aiohttp.ServerDisconnectedError(), OutcomeUnknown),
        (aiohttp.ClientOSError(), OutcomeUnknown),
        (aiohttp.ClientPayloadError(), OutcomeUnknown),
        (json.JSONDecodeError("", "", 0), OutcomeUnknown),
        (aiohttp.ConnectionTimeoutError(), TryLater),
        (Broken(503), OutcomeUnknown),
        (Slowed(3, everywhere=False), RateLimited),
        (discord.RateLimited(31.0), RateLimited),
        (discord.LoginFailure(), PlatformDown),
    ],
)
def test_each_failure_on_the_way_has_its_meaning(error, meaning):
    assert isinstance(translate(error), meaning)


def test_the_table_never_says_that_a_refusal_may_have_happened():
    for kind, reason in MEANING.values():
        assert issubclass(kind, DeliveryError)
        assert issubclass(kind, Undeliverable | TryLater)
        assert reason
