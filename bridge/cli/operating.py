"""How commands put an operator's decision to the desk, as the page of operations does."""

from typing import TYPE_CHECKING

from bridge.cli.site import operator

if TYPE_CHECKING:
    from bridge.domain.events.operators import Operator, OperatorEvent
    from bridge.domain.refs import Lane
    from bridge.ports.chat import ChatPlatform
    from bridge.rulebook.book import RuleBook
    from bridge.store.store import Store


def who() -> "Operator":
    from bridge.domain.events.operators import Operator

    return Operator(key=operator(), via="command")


def lane_named(said: str) -> "Lane":
    """`acme-slack/C0HELP`, `bot/shop-bot`, or a whole platform: `acme-slack`."""
    from bridge.domain.refs import Lane

    platform, _, place = said.strip().partition("/")
    return Lane(platform, place)


async def operate(book: "RuleBook", store: "Store", event: "OperatorEvent") -> None:
    """Have it decided and committed; a daemon that runs beside us sees it within seconds.

    Raises:
        NotAllowed: with a code of `notices.operators`.
    """
    from bridge.desk.desk import Desk
    from bridge.domain.events.operators import DeliverySettled
    from bridge.ports.clock import SystemClock
    from bridge.rulebook.reload import Rules

    chats = _chats(book) if isinstance(event, DeliverySettled) and event.link is not None else {}
    desk = Desk(store=store, rules=Rules(book), clock=SystemClock(), chats=chats)
    try:
        if isinstance(event, DeliverySettled):
            await desk.handle(event)
        else:
            await desk.handle(event)
    finally:
        for chat in chats.values():
            await chat.close()


def _chats(book: "RuleBook") -> "dict[str, ChatPlatform]":
    """The platforms, not connected: they only read links."""
    from adapters import build_chat
    from bridge.ports.clock import SystemClock

    return {name: build_chat(entry.kind, name, entry.options, SystemClock()) for name, entry in book.platforms.items()}
