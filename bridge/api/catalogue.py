"""Every call of the interface, in the order people learn them."""

from typing import Final

from bridge.api import answers, availability, feed, files, messages, models, tickets, users
from bridge.api.fields import EXTERNAL_ID_PATTERN
from bridge.api.limits import FILES
from bridge.api.operation import Operation, Parameter

TICKET = Parameter(
    name="ticket",
    place="path",
    about="Our id of the ticket.",
    schema={"type": "string", "pattern": "^tkt_[0-9a-f]{32}$"},
    example="tkt_01931f6c9a3d7c1e8b2f4d5e6a7b8c9d",
)
MESSAGE = Parameter(
    name="external_id",
    place="path",
    about="The bot's id of the message, percent-encoded where it has slashes.",
    schema={"type": "string", "pattern": EXTERNAL_ID_PATTERN},
    example="m7",
)
USER = Parameter(
    name="external_id",
    place="path",
    about="The bot's id of the user, percent-encoded where it has slashes.",
    schema={"type": "string", "pattern": EXTERNAL_ID_PATTERN},
    example="u_17",
)
REPEATABLE = Parameter(
    name="Idempotency-Key",
    place="header",
    about="Makes the call repeatable: the first answer is given again, with `Idempotency-Replayed: true`. "
    "A signed call is repeatable by its webhook-id.",
    schema={"type": "string", "minLength": 1, "maxLength": 255},
    example="5f0c8a1e",
)
IF_EPOCH = Parameter(
    name="If-Epoch",
    place="header",
    about="Refuse with `stale-epoch` if the conversation changed hands since this epoch.",
    schema={"type": "integer", "minimum": 0, "maximum": 999_999_999},
    example="3",
)


def number(name: str, about: str, least: int, most: int, usual: int) -> Parameter:
    schema = {"type": "integer", "minimum": least, "maximum": most, "default": usual}
    return Parameter(name=name, place="query", about=about, schema=schema, example=str(usual))


def text(name: str, about: str, example: str, **schema: object) -> Parameter:
    return Parameter(name=name, place="query", about=about, schema={"type": "string", **schema}, example=example)


CHANGES = (TICKET, REPEATABLE, IF_EPOCH)
BODY_REFUSALS = ("invalid-json", "unsupported-media-type", "validation-error")
CHANGE_REFUSALS = (*BODY_REFUSALS, "idempotency-conflict", "stale-epoch", "state-conflict")


OPERATIONS: Final = (
    Operation(
        method="POST",
        path="/v1/tickets",
        name="escalate",
        summary="Ask for a human",
        about="Opens a ticket. If the conversation has an open one, the message and history are added to it "
        "(`merged`); inside the route's window a closed one is opened again (`reopened`).",
        handler=tickets.escalate,
        takes=models.EscalationIn,
        gives={201: answers.EscalationAnswer, 200: answers.EscalationAnswer},
        parameters=(REPEATABLE, IF_EPOCH),
        refusals=CHANGE_REFUSALS,
    ),
    Operation(
        method="GET",
        path="/v1/availability",
        name="ask_availability",
        summary="Is somebody there?",
        about="Before escalating: routed at this moment like an escalation with these facts. Nothing is kept.",
        handler=availability.ask,
        gives={200: answers.AvailabilityAnswer},
        parameters=(
            text("priority", "As in an escalation.", "high", enum=["low", "normal", "high", "urgent"]),
            text("language", "The user's language; `say` is in it.", "fr", maxLength=100),
            text("channel", "Where the user talks to the bot.", "web", maxLength=100),
            text("reason", "The code of the reason.", "user_requested", maxLength=100),
            text("timezone", "The user's time zone; `say` tells times in it.", "Europe/Paris", maxLength=100),
            Parameter(
                name="tags",
                place="query",
                about="As in an escalation; may stand there several times.",
                schema={"type": "array", "maxItems": 50, "items": {"type": "string", "minLength": 1, "maxLength": 100}},
                example=("refund",),
            ),
            Parameter(
                name="attributes",
                place="query",
                about="As in an escalation, each as `attributes[name]=value`.",
                schema={"type": "object", "additionalProperties": {"type": "string", "maxLength": 1000}},
                example={"plan": "pro"},
                deep=True,
            ),
        ),
        refusals=("validation-error",),
    ),
    Operation(
        method="GET",
        path="/v1/events",
        name="poll_events",
        summary="What happened since",
        about="The callbacks as a poll: the same envelopes, at least once, in one total order per bot. With `wait` "
        "the answer comes as soon as something happens.",
        handler=feed.poll,
        gives={200: answers.EventPage},
        parameters=(
            number("after", "Cursor of the last event that was taken in.", 0, 2**53, 0),
            number("wait", "Seconds to wait for the first event.", 0, 25, 0),
            number("limit", "Events per page.", 1, 100, 100),
        ),
        refusals=("validation-error",),
        waits=True,
    ),
    Operation(
        method="POST",
        path="/v1/tickets/{ticket}/messages",
        name="post_message",
        summary="What the user said",
        about="Shown to the team. A message to a ticket closed not long ago opens it again, "
        "unless it says `opens: false`.",
        handler=messages.post_message,
        takes=models.MessageIn,
        gives={201: answers.MessageAnswer},
        parameters=CHANGES,
        refusals=(*CHANGE_REFUSALS, "ticket-closed", "url-not-allowed"),
    ),
    Operation(
        method="POST",
        path=FILES,
        name="send_file",
        summary="Send a file",
        about="A form with one part `file`, at most 25 MB, and perhaps a part `name`; then name its id in a message. "
        "What it is, its bytes say: images, PDF, text, Office files, ZIP, audio and video are taken.",
        handler=files.upload,
        brings_file=True,
        gives={201: answers.FileAnswer},
        parameters=(REPEATABLE,),
        refusals=("unsupported-media-type", "validation-error", "idempotency-conflict"),
    ),
    Operation(
        method="PATCH",
        path="/v1/tickets/{ticket}/messages/{external_id}",
        name="edit_message",
        summary="The user changed a message",
        about="The team sees the new text, marked as edited.",
        handler=messages.edit_message,
        takes=models.MessageEditIn,
        gives={200: answers.MessageAnswer},
        parameters=(TICKET, MESSAGE, REPEATABLE, IF_EPOCH),
        refusals=CHANGE_REFUSALS,
    ),
    Operation(
        method="DELETE",
        path="/v1/tickets/{ticket}/messages/{external_id}",
        name="delete_message",
        summary="The user deleted a message",
        about="The team sees that it was deleted.",
        handler=messages.delete_message,
        gives={204: None},
        parameters=(TICKET, MESSAGE, REPEATABLE, IF_EPOCH),
        refusals=("idempotency-conflict", "stale-epoch", "state-conflict", "validation-error"),
    ),
    Operation(
        method="POST",
        path="/v1/tickets/{ticket}/receipts",
        name="post_receipt",
        summary="How a reply fared",
        about="The team sees ✅ seen, or ⚠ with the choice to try again or withdraw. Only messages the "
        "team sent to the user exist here.",
        handler=messages.post_receipt,
        takes=models.ReceiptIn,
        gives={202: answers.TicketAnswer},
        parameters=CHANGES,
        refusals=CHANGE_REFUSALS,
    ),
    Operation(
        method="POST",
        path="/v1/tickets/{ticket}/activity",
        name="post_activity",
        summary="The user types, reads, leaves, is back",
        about="A passing sign of life; shown, never stored.",
        handler=messages.post_activity,
        takes=models.ActivityIn,
        gives={202: answers.TicketAnswer},
        parameters=CHANGES,
        refusals=CHANGE_REFUSALS,
    ),
    Operation(
        method="POST",
        path="/v1/tickets/{ticket}/takeback",
        name="take_back",
        summary="The bot takes the conversation back",
        about="Closes the ticket: the bot may speak again.",
        handler=tickets.take_back,
        takes=models.TakebackIn,
        gives={200: answers.TicketAnswer},
        parameters=CHANGES,
        refusals=CHANGE_REFUSALS,
    ),
    Operation(
        method="GET",
        path="/v1/tickets/{ticket}",
        name="read_ticket",
        summary="One ticket",
        about="As it is now. Another bot's ticket reads like one that is not there.",
        handler=tickets.read_ticket,
        gives={200: answers.TicketAnswer},
        parameters=(TICKET,),
    ),
    Operation(
        method="GET",
        path="/v1/tickets",
        name="list_tickets",
        summary="The bot's tickets",
        about="Newest first, in pages.",
        handler=tickets.list_tickets,
        gives={200: answers.TicketPage},
        parameters=(
            text("external_conversation_id", "Only this conversation's.", "web-8812", pattern=EXTERNAL_ID_PATTERN),
            text("state", "Only in this state.", "open", enum=["open", "assigned", "closed"]),
            text("cursor", "`next` of the page before.", "abc"),
            number("limit", "Tickets per page.", 1, 100, 25),
        ),
        refusals=("validation-error",),
    ),
    Operation(
        method="PATCH",
        path="/v1/tickets/{ticket}",
        name="patch_ticket",
        summary="Change title, priority or attributes",
        about="With `reroute: true` the ticket is routed again with the facts as they are then.",
        handler=tickets.patch_ticket,
        takes=models.TicketPatchIn,
        gives={200: answers.TicketAnswer},
        parameters=CHANGES,
        refusals=CHANGE_REFUSALS,
    ),
    Operation(
        method="GET",
        path="/v1/tickets/{ticket}/transcript",
        name="read_transcript",
        summary="The conversation so far",
        about="What user, bot and team said to each other, without the team's notes: "
        "JSON, or Markdown with `Accept: text/markdown`.",
        handler=tickets.read_transcript,
        gives={200: answers.TranscriptAnswer},
        parameters=(TICKET,),
        markdown=True,
    ),
    Operation(
        method="DELETE",
        path="/v1/users/{external_id}",
        name="erase_user",
        summary="Erase a user",
        about="Every word of their tickets, their name and their files are gone with the answer, for good; ids and "
        "counts stay. Open tickets are closed as `cancelled`, `user.erased` follows, and late news of erased messages "
        "changes nothing. Escalated again under the same id they are somebody new.",
        handler=users.erase,
        gives={202: answers.ErasureAnswer},
        parameters=(USER, REPEATABLE),
        refusals=("not-found", "idempotency-conflict", "validation-error"),
    ),
)
"""The table. Routes and documents are made from it and from nothing else."""
