"""Every sentence Handrail says to members, by the code of what happened."""

from collections.abc import Mapping
from dataclasses import replace

from bridge.domain.notices.done import DONE
from bridge.domain.notices.lines import LINES
from bridge.domain.notices.refusals import REFUSALS
from bridge.domain.notices.scene import Scene
from bridge.domain.paint import Answer, Nothing, Notice
from bridge.domain.refs import MessageId
from bridge.domain.ticket import Ticket
from bridge.domain.words import Scalar

__all__ = ["Scene", "done", "line", "notice", "refusal", "scene_of"]


def scene_of(ticket: Ticket, user: str, facts: Mapping[str, Scalar], *, message: MessageId | None = None) -> Scene:
    """The moment, from a ticket as it is now."""
    return Scene(
        facts=facts, ticket=ticket.id, number=ticket.number, epoch=ticket.epoch, user=user,
        team=ticket.policy.team, bot=ticket.bot, message=message,
    )  # fmt: skip


def refusal(code: str, scene: Scene) -> Notice:
    """Why it did not happen."""
    make = REFUSALS.get(code)
    said = make(scene) if make else Notice(line=("This cannot be done now.",))
    return replace(said, refused=True)


def done(code: str, scene: Scene) -> Answer:
    """What happened; Nothing where the card or the message itself shows it."""
    make = DONE.get(code)
    return (make(scene) if make else None) or Nothing()


def line(code: str, scene: Scene) -> Notice:
    """A line of Handrail's own in a thread."""
    return LINES[code](scene)


def notice(
    code: str, facts: Mapping[str, Scalar], ticket: Ticket, *, user: str, message: MessageId | None = None
) -> Notice:
    """The sentence of any code: a thread line, a question to a writer, or a refusal."""
    scene = scene_of(ticket, user, facts, message=message)
    if code in LINES:
        return LINES[code](scene)
    said = DONE[code](scene) if code in DONE else None
    return said if said is not None else refusal(code, scene)
