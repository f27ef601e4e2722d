"""What operators do from the command line."""

from bridge.desk.asking import certain, spread_over, ticket_of
from bridge.desk.room import Room
from bridge.domain.actions import Close
from bridge.domain.change import Change, Verdict
from bridge.domain.events import OperatorClosed
from bridge.domain.lifecycle import decide
from bridge.domain.people import Actor, ActorKind
from bridge.domain.refs import MemberKey
from bridge.store.asks import Ask, ByTicket, Situation


async def closed(room: Room, event: OperatorClosed) -> Verdict:
    """Close a ticket as an operator."""
    actor = Actor(kind=ActorKind.MEMBER, key=MemberKey(f"operator:{event.name}"), name=event.name, admin=True)

    def settle(seen: Situation) -> Change | None:
        ticket = ticket_of(seen)
        return spread_over(room, ticket, decide(ticket, Close(outcome=event.outcome), actor, event.at, via="command"))

    return certain(await room.store.writer.decide(Ask(find=ByTicket(event.ticket), decide=settle, key=event.key)))
