"""What Slack sends to the app: wrapped, handed over, and for events sent again until it is acknowledged."""

import asyncio
import itertools
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.wire.slack.workspace import Payload, Workspace

MESSAGES = {"channel": "message.channels", "group": "message.groups", "im": "message.im", "mpim": "message.mpim"}


@dataclass(slots=True)
class Envelope:
    """One thing handed to the app; `acked_after` in seconds, None while or if it was never acknowledged."""

    id: str
    kind: str
    payload: Payload
    retry: int = 0
    reason: str = ""
    """Why it is sent again."""
    acked_after: float | None = None
    acked: asyncio.Event = field(default_factory=asyncio.Event)
    answer: Payload | None = None


class WayOut(ABC):
    """Hands envelopes to the app. `ack_within` is Slack's three seconds, `retry_after` its three pauses."""

    def __init__(
        self, workspace: Workspace, ack_within: float = 3.0, retry_after: Sequence[float] = (0.0, 60.0, 300.0)
    ) -> None:
        self.workspace = workspace
        self.ack_within = ack_within
        self.retry_after = retry_after
        self.envelopes: list[Envelope] = []
        self.given_up: list[Payload] = []
        """Events that nobody acknowledged at the fourth time: gone, but for who reads back."""
        self.numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[Envelope]] = set()

    @abstractmethod
    async def hand_over(self, envelope: Envelope) -> Envelope:
        """One attempt. `acked` of what comes back is set if it was acknowledged in time."""

    def event(self, event: Payload, *, team: str | None = None, authorized: str | None = None) -> None:
        """Send an Events API event until it is acknowledged, three more times at most."""
        self._run(self._until_acked(self.wrapped(event, team, authorized)))

    def wrapped(self, event: Payload, team: str | None = None, authorized: str | None = None) -> Payload:
        """`team` is who it came from: in a shared channel that may be the other side."""
        own = self.workspace
        place = own.channels.get(str(event.get("channel")))
        shared = place is not None and place.shared
        author = own.users.get(str(event.get("user")), {}).get("team_id", own.team) if shared else own.team
        return {
            "token": "verification",
            "type": "event_callback",
            "team_id": team or author,
            "context_team_id": authorized or own.team,
            "context_enterprise_id": None,
            "api_app_id": own.app,
            "event_id": f"Ev{own.team}{next(self.numbers)}",
            "event_time": int(float(event.get("event_ts") or own.now().timestamp())),
            "is_ext_shared_channel": shared,
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": authorized or own.team,
                    "user_id": own.bot_user,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "event": event,
        }

    def again(self, envelope: Envelope | None = None) -> None:
        """Send the same event once more, though it may have been acknowledged: with the same event_id."""
        events = [one for one in self.envelopes if one.kind == "events_api"]
        self._run(self._attempt((envelope or events[-1]).payload, 1, "http_timeout"))

    async def settled(self) -> None:
        """Return when every event so far is acknowledged or given up."""
        async with asyncio.timeout(15):
            await asyncio.gather(*self._tasks)

    async def interaction(self, kind: str, payload: Payload) -> Envelope:
        """Send a click or a command once. The caller looks whether it was acknowledged in time."""
        return await self.hand_over(Envelope(f"env-{next(self.numbers)}", kind, payload))

    async def _until_acked(self, payload: Payload) -> Envelope:
        envelope, reason = await self._attempt(payload, 0, ""), "timeout"
        for retry, pause in enumerate(self.retry_after, start=1):
            if envelope.acked.is_set():
                return envelope
            await asyncio.sleep(pause)
            reason = envelope.reason or "timeout"
            envelope = await self._attempt(payload, retry, reason)
        if not envelope.acked.is_set():
            self.given_up.append(payload["event"])
        return envelope

    async def _attempt(self, payload: Payload, retry: int, reason: str) -> Envelope:
        number = f"env-{next(self.numbers)}"
        return await self.hand_over(Envelope(number, "events_api", payload, retry, reason))

    def _run(self, work: Coroutine[Any, Any, Envelope]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def subscription(event: Payload) -> str:
    """What a manifest calls it."""
    return MESSAGES[event["channel_type"]] if event["type"] == "message" else str(event["type"])
