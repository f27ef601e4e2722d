"""The ticket's card: the thread's root, kept up to date."""

from dataclasses import replace

from bridge.delivery.errand import Errand, gone
from bridge.domain.card import build_card
from bridge.domain.deliveries import Posted
from bridge.domain.errors import ContentRejected
from bridge.domain.paint import Anchor, Card, Line
from bridge.domain.views import LaneView
from bridge.store import Store


async def open_thread(store: Store, errand: Errand, trouble: LaneView | None) -> Posted:
    card = await _card(store, errand, trouble)
    try:
        thread = await errand.platform.open_thread(errand.lane, card, key=errand.key)
    except ContentRejected:
        thread = await errand.platform.open_thread(errand.lane, bare(card), key=errand.key)
    return Posted(thread=thread.root)


async def open_watch(store: Store, errand: Errand) -> Posted:
    card = await _card(store, errand, None)
    try:
        return Posted(message=await errand.platform.post(errand.lane, card, key=errand.key))
    except ContentRejected:
        return Posted(message=await errand.platform.post(errand.lane, bare(card), key=errand.key))


async def refresh_card(store: Store, errand: Errand, trouble: LaneView | None) -> None:
    card = await _card(store, errand, trouble)
    try:
        await errand.platform.refresh_card(errand.thread, card)
    except ContentRejected:
        await errand.platform.refresh_card(errand.thread, bare(card))


def bare(card: Card) -> Card:
    """The card without the bot's and the user's longer words, which a platform may have stumbled over."""
    return replace(card, body=(), facts=(), footer=(), more=())


async def _card(store: Store, errand: Errand, trouble: LaneView | None) -> Card:
    view = await store.tickets.view(errand.ticket.id)
    if view is None:
        raise gone("the ticket")
    if errand.left:
        return build_card(view, now=errand.now, moved_to=view.ticket.policy.route, link=errand.link)
    card = build_card(view, now=errand.now, trouble=trouble)
    if errand.watches:
        where: Line = (" ", Anchor("the conversation ↗", errand.link)) if errand.link is not None else ()
        return replace(card, buttons=(), more=(), footer=("A card to watch: it is worked on elsewhere.", *where))
    return card
