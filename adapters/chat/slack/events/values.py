"""What a button carries, and how it is read when it comes back: `ticket|verb|epoch|message|form|fields`."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from bridge.domain.events import Verb
from bridge.domain.paint import Button
from bridge.domain.refs import MessageId, TicketId


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """The act a button stood for when it was painted. It names; it grants nothing."""

    ticket: TicketId
    verb: Verb
    epoch: int
    message: MessageId | None
    form: bool
    fields: Mapping[str, str]


def written(button: Button) -> str:
    parts = [
        button.ticket,
        button.verb.value,
        str(button.epoch),
        button.message or "",
        "form" if button.form else "",
        urlencode(dict(button.fields)),
    ]
    while not parts[-1]:
        parts.pop()
    return "|".join(parts)


def read(value: object) -> Carried | None:
    """None for anything that is not a button's value of ours."""
    if not isinstance(value, str):
        return None
    parts = [*value.split("|", 5), "", "", ""]
    try:
        ticket, verb, epoch, message, form, fields = parts[:6]
        return Carried(
            ticket=TicketId(ticket),
            verb=Verb(verb),
            epoch=int(epoch),
            message=MessageId(message) if message else None,
            form=form == "form",
            fields=dict(parse_qsl(fields, keep_blank_values=True)),
        )
    except ValueError:
        return None
