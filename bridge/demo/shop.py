"""What the shop bot can answer by itself. Canned on purpose: the handover is the point."""

import re
from typing import NamedTuple


class Reply(NamedTuple):
    text: str
    stuck: bool = False
    """The bot could not help; the page offers a person."""
    person: bool = False
    """The user asked for a person."""


HANDED_OVER = "I'm handing you over to my colleagues. They answer right here; you can keep writing."
OUT_OF_REACH = "I can't reach my colleagues at the moment. Please try again in a little while."
ASK_COLLEAGUE = "I can't see payments, so I can't tell where your refund is. A colleague can: shall I ask?"

ANSWERS = (
    (r"human|person|people|agent|somebody|someone|colleague", Reply(HANDED_OVER, person=True)),
    (r"refund\w*|money|paid|pay|payment\w*|charged", Reply(ASK_COLLEAGUE, stuck=True)),
    (r"open|opening|hours?|closed?|when", Reply("We're open Monday to Friday from 9:00 to 18:00.")),
    (r"return\w*|exchange", Reply("You can return anything within 30 days. The label is in the parcel.")),
    (r"order|parcel|package|deliver\w*|shipping", Reply("It left our warehouse on Tuesday and arrives by Friday.")),
    (r"thanks?|thank you|merci|cheers", Reply("You're welcome!")),
    (r"hi|hello|hey|bonjour", Reply("Hello! Ask me about an order, returns or our hours.")),
)
NOT_UNDERSTOOD = Reply(
    "I know about orders, returns and opening hours. For the rest, a colleague can help.", stuck=True
)


def answer(text: str) -> Reply:
    """The first line of the table whose word stands in the text."""
    return next(
        (reply for words, reply in ANSWERS if re.search(rf"\b(?:{words})\b", text, re.IGNORECASE)), NOT_UNDERSTOOD
    )
