"""How callbacks are signed: Standard Webhooks, version v1 (symmetric)."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

PREFIX = "whsec_"
LEAST_BYTES = 24
"""Shorter secrets are below what Standard Webhooks allows."""


def secret_bytes(secret: str) -> bytes:
    """The key inside `whsec_<base64>`; the prefix and the padding may be missing.

    Raises: ValueError, which never quotes the secret.
    """
    text = secret.removeprefix(PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("not a signing secret; expected whsec_ and base64") from None
    if len(key) < LEAST_BYTES:
        raise ValueError(f"the signing secret holds {len(key)} bytes; at least {LEAST_BYTES} are needed")
    return key


def signed_headers(keys: Sequence[bytes], *, key: str, at: datetime, body: bytes) -> Mapping[str, str]:
    """The three headers of one attempt. `key` is the message's id, the same over all attempts; `at` is now."""
    stamp = str(int(at.timestamp()))
    signed = f"{key}.{stamp}.".encode() + body
    return {
        "webhook-id": key,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{_mac(each, signed)}" for each in keys),
    }


def _mac(key: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
