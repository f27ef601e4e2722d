"""Buckets: who may call how often, told in headers before it hurts."""

import time
from dataclasses import dataclass


@dataclass
class _Bucket:
    began: float
    used: int = 0


class Pace:
    """`limit` calls per `window` seconds and bucket, and `everywhere` per second in all; counts what was earned."""

    def __init__(self, window: float, limit: int = 5, everywhere: int = 50) -> None:
        self.window = window
        self.limit = limit
        self.everywhere = everywhere
        self.earned = 0
        """429s that a well-behaved client would have avoided."""
        self._buckets: dict[str, _Bucket] = {}

    def spend(self, bucket: str) -> tuple[dict[str, str], float | None]:
        """Headers of the answer, and how long to wait if this call is one too many."""
        now = time.monotonic()
        found = self._buckets.get(bucket)
        if found is None or now - found.began >= self.window:
            found = self._buckets[bucket] = _Bucket(now)
        found.used += 1
        reset = max(0.0, found.began + self.window - now)
        headers = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - found.used)),
            "X-RateLimit-Reset-After": f"{reset:.3f}",
            "X-RateLimit-Reset": f"{time.time() + reset:.3f}",
            "X-RateLimit-Bucket": bucket.split("/", maxsplit=1)[0],
        }
        if found.used > self.limit:
            self.earned += 1
            return headers, reset
        return headers, None
