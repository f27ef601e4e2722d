"""A member's reply to a ticket, as the bots' interface has it afterwards."""

from typing import Any

from bridge.domain.events import EventKey, Intent, PersonWrote
from bridge.domain.people import Person
from bridge.domain.refs import CONSOLE, TicketId, new_id

ANA = Person(platform=CONSOLE, workspace=CONSOLE, id="Ana", name="Ana", in_channel=True)


async def replied(
    handrail: Any, ticket: str, text: str = "On its way.", intent: Intent = Intent.CLAIM_AND_REPLY
) -> str:
    """Ana answers from the console and her undo window goes by; our id of the message."""
    event = PersonWrote(
        key=EventKey(CONSOLE, new_id("say")), person=ANA, at=handrail.clock.now(), text=text,
        ticket=TicketId(ticket), intent=intent,
    )  # fmt: skip
    await handrail.api.desk.handle(event)
    handrail.clock.advance(seconds=6)
    await fire_timers(handrail)
    return (await handrail.api.store.messages.of(TicketId(ticket)))[-1].id


async def fire_timers(handrail: Any) -> None:
    for event in await handrail.api.store.timers.due(handrail.clock.now(), 100):
        await handrail.api.desk.handle(event)
