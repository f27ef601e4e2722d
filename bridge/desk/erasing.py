"""A user is erased: asked by their bot, by an operator, or by an admin of the console."""

from collections.abc import Mapping
from dataclasses import replace

from bridge.desk.asking import hears
from bridge.desk.room import Room
from bridge.domain.change import Change
from bridge.domain.erasing import Receipt, erase
from bridge.domain.errors import NotAllowed
from bridge.domain.events.operators import UserErasure
from bridge.domain.people import Actor, ActorKind
from bridge.domain.refs import MemberKey
from bridge.domain.ticket import Ticket
from bridge.domain.words import User
from bridge.store.erasing import Erasure, Posts


async def erased(room: Room, event: UserErasure) -> Receipt:
    """Erase; one who was erased before and has not come back has their receipt already.

    Raises:
        NotAllowed: `no_such_user`, for a user of another bot as well.
    """
    by, bot_hears = _actor(event), hears(room, event.bot)

    def decide(ticket: Ticket, posts: Posts, user: User, announce: Mapping[str, str | int] | None) -> Change:
        return erase(ticket, posts, user, by, event.at, via=event.by.via, announce=announce, bot_hears=bot_hears)

    erasure = Erasure(
        bot=event.bot, external_id=event.external_id, at=event.at, actor=event.by.key, via=event.by.via,
        facts=event.by.facts, key=event.key, fingerprint=event.fingerprint,
    )  # fmt: skip
    receipt = await room.store.erasing.erase(erasure, decide)
    if receipt is None:
        before = await room.store.erasures.receipt(event.bot, event.external_id)
        if before is None:
            raise NotAllowed("no_such_user", bot=event.bot)
        return replace(before, again=True)
    return receipt


def _actor(event: UserErasure) -> Actor:
    """As tickets' logs and the bot name whoever did it."""
    if event.by.via == "api":
        return Actor(kind=ActorKind.BOT, key=MemberKey(event.bot), name=event.bot)
    name = event.by.key.partition(":")[2] or event.by.key
    return Actor(kind=ActorKind.MEMBER, key=MemberKey(event.by.key), name=name, admin=True)
