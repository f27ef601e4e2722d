"""What a delivery spends. Discord tells its limits per answer only; these are those seen by all, a little careful."""

from collections.abc import Sequence
from datetime import timedelta
from typing import assert_never

from bridge.domain.deliveries import (
    Alert,
    CloseThread,
    Delivery,
    Digest,
    EditWords,
    Mark,
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
    Whisper,
)
from bridge.ports.chat import Budget

_FIVE_SECONDS = timedelta(seconds=5)
_SECOND = timedelta(seconds=1)


def budgets(platform: str, delivery: Delivery) -> Sequence[Budget]:
    """Discord counts per channel and kind of call, and a thread is a channel of its own; 50 a second in all."""
    lane, ticket = delivery.lane.place, delivery.ticket or delivery.lane.place
    everywhere = Budget(name=f"{platform}/all", limit=50, per=_SECOND)
    match delivery.content:
        case OpenThread() | OpenWatch():
            own = Budget(name=f"{platform}/messages/{lane}", limit=5, per=_FIVE_SECONDS)
        case Digest() | TellAlarm():
            own = Budget(name=f"{platform}/messages/{lane}", limit=5, per=_FIVE_SECONDS)
        case PostWords() | PostHistory() | PostLine() | Whisper() | Remind():
            own = Budget(name=f"{platform}/messages/{lane}/{ticket}", limit=5, per=_FIVE_SECONDS)
        case EditWords() | RetractWords() | CloseThread():
            own = Budget(name=f"{platform}/changes/{lane}/{ticket}", limit=5, per=_FIVE_SECONDS)
        case RefreshCard():
            own = Budget(name=f"{platform}/changes/{lane}", limit=5, per=_FIVE_SECONDS)
        case Mark():
            # Reactions share one bucket of a channel, seen at four a second.
            own = Budget(name=f"{platform}/reactions/{lane}/{ticket}", limit=3, per=_SECOND)
        case Alert():
            own = Budget(name=f"{platform}/direct", limit=5, per=_FIVE_SECONDS)
        case TellBot():
            return ()
        case _:
            assert_never(delivery.content)
    return (own, everywhere)
