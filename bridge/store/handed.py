"""Replies a bot may have though it has not said so: a poll gave them to it, or a callback's outcome is unknown."""

from collections.abc import Collection, Mapping

from tortoise.backends.base.client import BaseDBAsyncClient

from bridge.domain.deliveries import TellBot
from bridge.domain.fanout.replies import REPLY
from bridge.domain.refs import BOT_SHORE, MessageId, TicketId, ToldId
from bridge.domain.words import WordsState
from bridge.store.delivery_models import DeliveryRow
from bridge.store.models import FeedEntryRow, MessageRow

_HANDED = "handed"


async def handed(connection: BaseDBAsyncClient, replies: Mapping[MessageId, TicketId]) -> set[MessageId]:
    """Which of these it may have."""
    if not replies:
        return set()
    rows = await FeedEntryRow.filter(ticket__in=sorted(set(replies.values()))).using_db(connection)
    found = {row.body["message"] for row in rows if row.body["type"] == REPLY and row.body.get(_HANDED)}
    unknown = DeliveryRow.filter(message__in=sorted(replies), platform=BOT_SHORE, what=TellBot.__name__, unknown=1)
    found.update(await unknown.using_db(connection).values_list("message", flat=True))
    return {name for name in replies if name in found}


async def hand_over(connection: BaseDBAsyncClient, told: Collection[ToldId]) -> bool:
    """Write down that a poll is given these replies now; False when one of them is not on its way any more."""
    rows = await FeedEntryRow.filter(id__in=sorted(told)).using_db(connection).select_for_update()
    names = [row.body["message"] for row in rows]
    which = MessageRow.filter(id__in=names).exclude(state=WordsState.SENDING.value)
    if await which.using_db(connection).exists():
        return False
    for row in rows:
        if not row.body.get(_HANDED):
            row.body[_HANDED] = True
            await row.save(using_db=connection, update_fields=["body"])
    return True
