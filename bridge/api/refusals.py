"""What the middle refuses → problems: one table."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final, TypeAlias

from bridge.api.call import no_such_ticket
from bridge.api.problems import Fault, Problem
from bridge.domain.errors import AlreadySeen, HandrailError, NoSuchTicket, NotAllowed, StoreTrouble, StoreUnsure
from bridge.domain.files import Unfit, UnfitFile

Facts: TypeAlias = Mapping[str, str | int | float | bool | None]

STORE_AGAIN: Final = timedelta(seconds=2)


def _closed(facts: Facts) -> str:
    return f"#{facts.get('number')} is closed, and its time to come back is over. Escalate the conversation again."


def _stale_epoch(facts: Facts) -> str:
    owner = {"human": "A human owns this conversation", "bot": "The bot owns this conversation again"}.get(
        str(facts.get("owner")), "This conversation waits for a human"
    )
    since = f" since {facts['since']}" if facts.get("since") else ""
    silent = "" if facts.get("owner") == "bot" else " Stay silent until ticket.closed."
    return f"{owner}{since} (epoch {facts.get('epoch')}, you sent {facts.get('sent')}).{silent}"


def _no_arrow(facts: Facts) -> str:
    return f"#{facts.get('number')} is {facts.get('state')}: this cannot be done now."


REFUSED: Final[Mapping[str, tuple[str, Callable[[Facts], str]]]] = {
    "ticket_closed": ("ticket-closed", _closed),
    "goes_on_elsewhere": (
        "ticket-closed",
        lambda facts: f"#{facts.get('number')} is closed. The conversation goes on in #{facts.get('other')}.",
    ),
    "stale_epoch": ("stale-epoch", _stale_epoch),
    "stale_version": ("stale-version", lambda _: "The ticket has changed meanwhile. Read it again."),
    "no_such_file": ("not-found", lambda _: "There is no such file of this bot, or it is not kept any more."),
    "file_elsewhere": (
        "state-conflict",
        lambda _: "This file belongs to a message of another ticket. Send it anew for this one.",
    ),
    "words_gone": (
        "state-conflict",
        lambda facts: f"The words of #{facts.get('number')} were removed for good. Escalate the conversation again.",
    ),
    "no_such_user": ("not-found", lambda _: "There is no such user of this bot."),
    "already_closed": ("state-conflict", lambda facts: f"#{facts.get('number')} is closed already."),
    "no_arrow": ("state-conflict", _no_arrow),
}
"""Code of a `NotAllowed` → problem and its sentence. Any other code is a state conflict without details."""


def problem_of(error: HandrailError) -> Problem:
    """What the caller is told of an error of the middle."""
    match error:
        case NotAllowed(code=code, facts=facts):
            slug, sentence = REFUSED.get(code.replace("-", "_"), ("state-conflict", lambda _: "Not possible now."))
            return Problem(slug, sentence(facts))
        case AlreadySeen():
            return Problem("idempotency-conflict", "This key was used for another request.")
        case NoSuchTicket():
            return no_such_ticket()
        case UnfitFile(why=why, sentence=sentence):
            code = {Unfit.TYPE: "unsupported-media-type", Unfit.SIZE: "payload-too-large"}.get(why, "validation-error")
            return Problem(code, sentence, faults=[Fault("/file", why, sentence)], close=why is Unfit.SIZE)
        case StoreUnsure():
            unsure = "It may have been stored. Try again with the same key: nothing is done twice."
            return Problem("storage-unavailable", unsure, retry_after=STORE_AGAIN)
        case StoreTrouble():
            return Problem("storage-unavailable", "Nothing was stored. Try again.", retry_after=STORE_AGAIN)
        case _:
            return Problem("internal-error", "Our mistake. Try again.")
