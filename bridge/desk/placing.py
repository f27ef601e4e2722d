"""Is somebody in the channel of the ticket they act on? An event knows only the channel it came from."""

from dataclasses import replace

from bridge.desk.room import Room
from bridge.domain.people import Person
from bridge.domain.refs import CONSOLE
from bridge.domain.ticket import Ticket


async def placed(room: Room, person: Person, ticket: Ticket) -> Person:
    """The person with `in_channel` said of the ticket's own channel, where its team is whoever is in there.

    If the platform cannot say, their groups count as unknown: they are refused, and told so.
    """
    team, lane = room.rules.current.teams.get(ticket.policy.team), ticket.policy.lane
    if team is None or not team.members_of_channel or person.platform == CONSOLE:
        return person
    if lane is None or lane.platform != person.platform:
        return replace(person, in_channel=False)
    if person.channel is None or (person.in_channel and person.channel == lane.place):
        return person
    chat = room.chats.get(lane.platform)
    found = None if chat is None else await chat.is_in(lane, person.id)
    if found is None:
        return replace(person, in_channel=False, groups=None)
    return replace(person, in_channel=found, channel=lane.place)
