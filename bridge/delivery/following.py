"""What follows from an outcome, with the callbacks it means for the bot."""

from dataclasses import replace
from datetime import datetime

from bridge.domain.change import Change
from bridge.domain.deliveries import Delivery, Ending, Strand, TellBot, Urgency
from bridge.domain.fanout import after
from bridge.domain.refs import ToldId, bot_lane
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
    lane = bot_lane(change.ticket.bot)
    callbacks = tuple(
        Delivery(
            lane=lane,
            content=TellBot(ToldId(str(index))),
            strand=Strand.WORDS,
            urgency=Urgency.WORDS,
            ticket=change.ticket.id,
        )
        for index in range(len(change.told))
    )
    return replace(change, deliveries=(*change.deliveries, *callbacks))
