"""Running tickets are moved to the rules in force, one decision each."""

from bridge.desk.asking import spread_over, ticket_of, user_of
from bridge.desk.room import Room
from bridge.domain.actions import Reroute
from bridge.domain.audit import Audited
from bridge.domain.change import Change, Verdict
from bridge.domain.errors import NotAllowed
from bridge.domain.events import TicketMoved
from bridge.domain.lifecycle import decide
from bridge.domain.people import Actor, ActorKind
from bridge.domain.policy import follows, same_rules
from bridge.domain.refs import MemberKey
from bridge.domain.ticket import TicketState
from bridge.rulebook.facts import facts_of_ticket
from bridge.store.asks import Ask, ByTicket, Situation


async def moved(room: Room, event: TicketMoved) -> Verdict | None:
    """None when there is nothing to do: it is closed by now, or follows these very rules.

    Raises: NotAllowed, when no route is called so.
    """
    book = room.rules.current
    actor = Actor(kind=ActorKind.MEMBER, key=MemberKey(event.by), name=event.name, admin=True)

    def settle(seen: Situation) -> Change | None:
        ticket, brief = ticket_of(seen), seen.brief
        if ticket.state is TicketState.CLOSED or brief is None:
            return None
        if event.to is not None:
            named = book.route_named(event.to)
            if named is None:
                raise NotAllowed("unknown_route", route=event.to[:64])
            policy, reason = named.policy, f"moved by {event.name}"
        else:
            # As of when it was opened: what came in by night stays with those who watch at night.
            pick = book.route(facts_of_ticket(ticket, brief, user_of(seen)), ticket.created_at)
            policy, reason = pick.route.policy, pick.reason
        # By name it comes back also to a place that it had to leave: whoever names it knows that it is well again.
        if same_rules(policy, ticket.policy) or (event.to is None and follows(ticket.policy, policy)):
            return None
        change = decide(ticket, Reroute(policy=policy, reason=reason), actor, event.at, via=event.via)
        return spread_over(room, ticket, change)

    audited = Audited(
        at=event.at, actor=event.by, via=event.via, action="ticket.rerouted", object=event.ticket,
        facts={"rules": event.rules, "to": event.to},
    )  # fmt: skip
    ask = Ask(find=ByTicket(event.ticket), decide=settle, key=event.key, brief=True, audit=audited)
    return await room.store.writer.decide(ask)
