"""The app's home tab: one member's own page."""

from collections.abc import Sequence
from typing import Final

from adapters.chat.slack.render.spans import Block, actions, context, rich, row_actions, section, text_element
from bridge.domain.paint import HomePage, HomeRow, Line, Notice

LINE: Final = 300
SAID: Final = 700
CALLBACK: Final = "handrail.home"


def home_view(page: HomePage, said: Notice | None = None) -> Block:
    """`said` is what came of the last click here: a home tab has no other place for it."""
    blocks: list[Block] = []
    for line in page.troubles:
        blocks += [section(rich(line, SAID) or [text_element("⚠")])]
    if page.troubles:
        blocks.append({"type": "divider"})
    if said is not None:
        blocks += [section(rich(said.line, SAID) or [text_element("Done.")]), *actions(said.buttons)]
        blocks.append({"type": "divider"})
    blocks += _rows("Yours", page.mine, page.more_mine, ("Nothing is yours.",))
    blocks.append({"type": "divider"})
    blocks += _rows("Nobody has these", page.queue, page.more_queue, ("Nobody is waiting.",))
    hint = context(("/handrail help in a channel names the commands.",), LINE)
    if hint is not None:
        blocks.append(hint)
    return {"type": "home", "callback_id": CALLBACK, "blocks": _unique(blocks)}


def _rows(title: str, rows: Sequence[HomeRow], more: int, empty: Line) -> list[Block]:
    count = len(rows) + more
    blocks = [section([text_element(f"{title} ({count})" if count else title, strong=True)])]
    if not rows:
        blocks.append(section(rich(empty, LINE)))
    for row in rows:
        blocks += [section(rich(row.line, LINE) or [text_element("…")]), *row_actions(row.buttons, row.line)]
    if more:
        blocks.append(section([text_element(f"… and {more} more in the console")]))
    return blocks


def _unique(blocks: list[Block]) -> list[Block]:
    """Every action_id of a view has to be another one."""
    place = 0
    for block in blocks:
        for element in block.get("elements", ()) if block["type"] == "actions" else ():
            element["action_id"] = f"{element['action_id'].split('.')[0]}.{place}"
            place += 1
    return blocks
