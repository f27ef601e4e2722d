"""Bots that take callbacks as signed webhooks (Standard Webhooks)."""

from collections.abc import Mapping

from aiohttp.abc import AbstractResolver

from adapters.bots.webhook.connection import WebhookConnection
from adapters.bots.webhook.options import WebhookOptions
from bridge.ports.clock import Clock


def build(
    name: str, options: Mapping[str, object], clock: Clock, *, resolver: AbstractResolver | None = None
) -> WebhookConnection:
    """`resolver` replaces the machine's DNS; addresses are judged behind it either way."""
    return WebhookConnection(name, WebhookOptions.model_validate(options), clock, resolver=resolver)
