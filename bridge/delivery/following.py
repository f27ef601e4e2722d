"""What follows from an outcome, with the callbacks it means for the bot."""

from dataclasses import replace
from datetime import datetime

from bridge.domain.change import Change
from bridge.domain.deliveries import Delivery, Ending
from bridge.domain.fanout import after, to_the_bot
from bridge.store.asks import Situation


def what_follows(
    delivery: Delivery,
    ending: Ending,
    situation: Situation,
    now: datetime,
    *,
    bot_hears: bool,
    lost_at: datetime | None = None,
) -> Change | None:
    """Pure; runs inside the transaction that writes the outcome down.

    `lost_at`: its place cannot be used, as an attempt found out that began then.
    """
    message = next(iter(situation.messages.values()), None)
    change = after(delivery, ending, situation.ticket, message, now, lost_at=lost_at, unsent=situation.unsent)
    if change is None or not bot_hears:
        return change
    return replace(change, deliveries=(*change.deliveries, *to_the_bot(change)))
