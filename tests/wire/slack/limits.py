"""Slack's rate limits: by method and workspace, and by channel for posts."""

import math
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime

from tests.wire.slack.rules import RULES
from tests.wire.slack.workspace import Payload

MINUTE = 60.0
PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100, 5: 600}
BURST = 4
"""Posts to a channel at once; after that about one a second."""
POSTS_IN_ALL = 300
"""A minute and workspace. Slack says `several hundred`."""
ROOM = 2
"""So many calls more are let through: on their way, calls come closer together than they were sent."""
FEW = {"conversations.history", "conversations.replies"}
POSTS = {"chat.postMessage", "files.completeUploadExternal"}


class Limits:
    """Enforced only if told so. Time is the test's own clock; `scale` makes everything that much faster.

    `few_reads` is the fate of an app distributed outside the Marketplace: one read a minute (its 15 objects are
    `reading.page_cap`). `earned` lists every refusal: a test of our pace asserts there is none.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.enforced = False
        self.scale = 1.0
        self.few_reads = False
        self.as_200 = False
        """Say `ratelimited` in a body with status 200, as Slack sometimes does."""
        self.earned: list[str] = []
        self._now = now
        self._calls: dict[str, deque[float]] = defaultdict(deque)
        self._posts: dict[str, tuple[float, float]] = {}

    def wait(self, method: str, given: Payload) -> int | None:
        """Count this call and answer None; or the seconds of Retry-After, and the call does not count."""
        if not self.enforced and not (self.few_reads and method in FEW):
            return None
        now = self._now().timestamp() * self.scale
        spans = [("post", POSTS_IN_ALL)] if method in POSTS else [(method, self._limit(method))]
        late = max(self._over(name, most, now) for name, most in spans)
        channel = str(given.get("channel") or given.get("channel_id") or "")
        if method in POSTS and channel:
            late = max(late, 1.0 - self._left(channel, now))
        if late > 0:
            self.earned.append(f"{method} {channel}".strip())
            return max(1, math.ceil(late / self.scale))
        for name, _ in spans:
            self._calls[name].append(now)
        if method in POSTS and channel:
            self._posts[channel] = (self._left(channel, now) - 1.0, now)
        return None

    def _left(self, channel: str, now: float) -> float:
        """Posts that fit now: the burst, filled up by one a second."""
        left, at = self._posts.get(channel, (float(BURST), now))
        return min(float(BURST), left + max(0.0, now - at))

    def _limit(self, method: str) -> int:
        if self.few_reads and method in FEW:
            return 1
        rule = RULES.get(method)
        return (PER_MINUTE[rule.tier] if rule is not None else PER_MINUTE[5]) + ROOM

    def _over(self, name: str, most: int, now: float) -> float:
        """Seconds until one more fits into the last minute."""
        calls = self._calls[name]
        while calls and calls[0] + MINUTE <= now:
            calls.popleft()
        return calls[-most] + MINUTE - now if len(calls) >= most else 0.0
