"""Links by which a bot's user reads a file: signed, and good for a while."""

import base64
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, TypeAlias
from urllib.parse import quote

GOOD_FOR: Final = timedelta(days=7)
"""Made anew whenever a callback is filled, so that a late one is never stale."""
FILE_ID: Final = re.compile(r"fil_[0-9a-f]{32}", re.ASCII)
_SECONDS: Final = re.compile(r"[0-9]{1,12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class FileLink:
    url: str
    expires_at: datetime


Links: TypeAlias = Mapping[str, FileLink]
"""By file."""
NO_LINKS: Final[Links] = {}


@dataclass(frozen=True, slots=True)
class Signer:
    """Makes links with the site's key, and judges those that come back."""

    base: str
    """The public address of this site."""
    key: bytes

    def link(self, file_id: str, name: str, now: datetime) -> FileLink:
        expires = int((now + GOOD_FOR).timestamp())
        url = f"{self.base.rstrip('/')}/files/{file_id}/{quote(name, safe='')}"
        signed = f"{url}?expires={expires}&signature={self._signature(file_id, str(expires))}"
        return FileLink(signed, datetime.fromtimestamp(expires, UTC))

    def holds(self, file_id: str, expires: str, signature: str, now: datetime) -> bool:
        """Did we make this link, and is it still good?"""
        ours = hmac.compare_digest(self._signature(file_id, expires).encode(), signature.encode(errors="replace"))
        return ours and _SECONDS.fullmatch(expires) is not None and now.timestamp() < int(expires)

    def _signature(self, file_id: str, expires: str) -> str:
        mac = hmac.digest(self.key, f"file\n{file_id}\n{expires}".encode(errors="replace"), sha256)
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
