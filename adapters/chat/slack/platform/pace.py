"""What each delivery spends of Slack's rate limits (docs.slack.dev/apis/web-api/rate-limits)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from bridge.domain.deliveries import (
    Alert,
    CloseThread,
    Delivery,
    Digest,
    EditWords,
    Mark,
    MarkKind,
    OpenThread,
    OpenWatch,
    PostHistory,
    PostLine,
    PostWords,
    RefreshCard,
    Remind,
    RetractWords,
    TellAlarm,
    TellBot,
    Urgency,
    Whisper,
)
from bridge.ports.chat import Budget

CARD_EVERY = timedelta(seconds=2)
CALM = timedelta(seconds=40)
_MINUTE = timedelta(minutes=1)


def budgets_of(platform: str, delivery: Delivery) -> Sequence[Budget]:
    """Tier 3 is 50 a minute and tier 4 100, per method and workspace; posts have one a second per channel."""
    match delivery.content:
        case PostWords(file=str()):
            return (*_post(platform, delivery.lane.place), _method(platform, "files.completeUploadExternal", 100))
        case OpenThread() | OpenWatch() | PostWords() | PostHistory() | PostLine() | Remind() | TellAlarm():
            return _post(platform, delivery.lane.place)
        case Digest(crossing=crossing):
            return (_post if crossing else _update)(platform, delivery.lane.place)
        case RefreshCard():
            # Whatever happens to a ticket meanwhile is in the next edit.
            card = Budget(name=f"{platform}:card:{delivery.ticket}", limit=1, per=CARD_EVERY)
            turns = Budget(name=f"{platform}:turning card:{delivery.ticket}", limit=4, per=CALM)
            calm = (turns,) if delivery.urgency is Urgency.TURN else ()
            return (card, *calm, *_update(platform, delivery.lane.place))
        case EditWords():
            return _update(platform, delivery.lane.place)
        case RetractWords():
            return (_method(platform, "chat.delete", 50),)
        case Mark(mark=MarkKind.NONE):
            return (_method(platform, "reactions.remove", 20),)
        case Mark():
            return (_method(platform, "reactions.add", 50),)
        case Whisper():
            return (_method(platform, "chat.postEphemeral", 100),)
        case Alert():
            return (_method(platform, "conversations.open", 50), _workspace(platform))
        case CloseThread() | TellBot():
            return ()
        case never:
            assert_never(never)


def faster(budgets: Sequence[Budget], times: float) -> Sequence[Budget]:
    """The same for a server that bears more than Slack."""
    return budgets if times == 1 else tuple(replace(each, per=each.per / times) for each in budgets)


def _post(platform: str, channel: str) -> Sequence[Budget]:
    # Slack allows short bursts over its one a second: a card and its transcript, with room for what comes late.
    channel_posts = Budget(name=f"{platform}:post:{channel}", limit=2, per=timedelta(seconds=2), steady=True)
    return (channel_posts, _workspace(platform))


def _update(platform: str, channel: str) -> Sequence[Budget]:
    """All channels of a workspace share these, and none may take them all."""
    return (
        Budget(name=f"{platform}:chat.update:{channel}", limit=30, per=_MINUTE),
        _method(platform, "chat.update", 50),
    )


def _workspace(platform: str) -> Budget:
    """The page on rate limits says several hundred a minute in all, and no number."""
    return _method(platform, "chat.postMessage", 240)


def _method(platform: str, method: str, limit: int) -> Budget:
    return Budget(name=f"{platform}:{method}", limit=limit, per=_MINUTE)
