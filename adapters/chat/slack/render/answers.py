"""What one person is told: notices, listings, and the queue's digest that all see."""

import re
from typing import Final, assert_never

from adapters.chat.slack.render.spans import (
    Block,
    actions,
    clipped,
    fallback,
    one_line,
    rich,
    row_actions,
    section,
    text_element,
)
from bridge.domain.events import Verb
from bridge.domain.paint import Button, DigestRow, Form, Line, Listing, Moment, Nothing, Notice, QueueDigest, plain

LINE: Final = 700
ROW: Final = 300
MOST_ROWS: Final = 23
"""Each row takes two blocks of fifty, the heading and the last line two more."""

# What to type where a form would ask; `N` is the ticket's number.
COMMANDS: Final = {
    Verb.ASSIGN: "/handrail assign N @who",
    Verb.SNOOZE: "/handrail snooze N 2h",
    Verb.CLOSE: "/handrail close N",
    Verb.MOVE: "/handrail move N",
}


def answer_blocks(answer: Notice | Listing | Form | Nothing) -> Block:
    """`text` and `blocks` of a private answer."""
    match answer:
        case Notice(line=line, buttons=buttons):
            return _said(line, buttons)
        case Listing():
            return _listing(answer)
        case Form():
            return _said(_instead(answer), ())
        case Nothing():
            return _said(("Done.",), ())
        case never:
            assert_never(never)


def digest_blocks(digest: QueueDigest) -> Block:
    """`text` and `blocks` of the queue of a channel."""
    waiting = len(digest.rows) + digest.more
    title = "Nobody is waiting." if not waiting else f"{waiting} waiting, oldest first" if waiting > 1 else "1 waiting"
    rows: list[tuple[Line, Button | None]] = [(_digest_line(row), row.claim) for row in digest.rows]
    return _table(title, rows, digest.more)


def _said(line: Line, buttons: tuple[Button, ...]) -> Block:
    elements = rich(line, LINE) or [text_element("Done.")]
    return {"text": fallback(plain(clipped(line, LINE))), "blocks": [section(elements), *actions(buttons)]}


def _listing(listing: Listing) -> Block:
    return _table(listing.title, list(listing.rows), 0)


def _table(title: str, rows: list[tuple[Line, Button | None]], more: int) -> Block:
    heading = one_line(title, 250) or "…"
    blocks = [section([text_element(heading, strong=True)])]
    for place, (line, made) in enumerate(rows[:MOST_ROWS]):
        blocks.append(section(rich(line, ROW) or [text_element("…")]))
        if made is not None:
            blocks += _numbered(row_actions((made,), line), place)
    more += max(len(rows) - MOST_ROWS, 0)
    if more:
        blocks.append(section([text_element(f"… and {more} more")]))
    return {"text": fallback(heading), "blocks": blocks}


def _numbered(blocks: list[Block], place: int) -> list[Block]:
    """Every action_id of a message has to be another one."""
    for block in blocks:
        for element in block["elements"]:
            element["action_id"] += f".{place}"
    return blocks


def _digest_line(row: DigestRow) -> Line:
    symbol = "● High" if row.urgent else "●"
    title, who = one_line(row.title, 120), one_line(row.who, 60)
    since = row.waiting_since
    # The age keeps itself right; what cannot show it shows the time.
    return (
        f"{symbol}  #{row.number} {title} · {who} · waiting since ",
        Moment(since),
        ", ",
        Moment(since, relative=True),
    )


def _instead(form: Form) -> Line:
    """No forms here yet: say what to type."""
    number = re.search(r"#(\d+)", form.title)
    command = COMMANDS.get(form.verb, f"/handrail {form.verb.value.replace('_', ' ')} N")
    return ("Please type ", command.replace(" N", f" {number[1]}" if number else " N"), " in the channel.")
