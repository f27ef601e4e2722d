"""Who must hear about a change. Pure: a change goes in, the same change with its deliveries comes out."""

from collections.abc import Collection
from dataclasses import replace

from bridge.domain.change import Change
from bridge.domain.chosen import wanted
from bridge.domain.deliveries import Delivery, Strand, TellBot, Urgency
from bridge.domain.fanout.outcomes import after
from bridge.domain.fanout.replies import accepted
from bridge.domain.fanout.team import for_the_team, looks_old
from bridge.domain.fanout.watching import shown_to_watchers
from bridge.domain.refs import ToldId, bot_lane
from bridge.domain.ticket import Ticket

__all__ = ["accepted", "after", "spread", "to_the_bot"]


def spread(before: Ticket | None, change: Change, *, bot_hears: bool, chosen: Collection[str] | None = None) -> Change:
    """Add the deliveries: to the thread and, if the bot has an address, its callbacks about what it has chosen.

    `TellBot` names its row by the position in `change.told`; the writer gives the real id.
    """
    told = (*for_the_team(before, change), *(to_the_bot(change, chosen) if bot_hears else ()))
    return shown_to_watchers(replace(change, deliveries=told), changed=looks_old(before, change))


def to_the_bot(change: Change, chosen: Collection[str] | None = None) -> tuple[Delivery, ...]:
    """Its callbacks about this change; with no choice, all but the quiet ones.

    Whoever writes is shown what became of their words, so a callback that brings words is always ordered: that of a
    bot which did not choose it ends without a call.
    """
    lane = bot_lane(change.ticket.bot)
    return tuple(
        Delivery(
            lane=lane,
            content=TellBot(ToldId(str(index))),
            # Signs of life wait for nobody and nothing waits for them.
            strand=Strand.WORDS if told.expires_at is None else Strand.MARKS,
            urgency=Urgency.WORDS,
            ticket=change.ticket.id,
            expires_at=told.expires_at,
        )
        for index, told in enumerate(change.told)
        if told.message is not None or wanted(told.type, chosen)
    )
