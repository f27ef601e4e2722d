"""A ticket's card."""

from typing import Final

from adapters.chat.slack.render.spans import (
    Block,
    actions,
    clip,
    context,
    fallback,
    one_line,
    rich,
    section,
    text_element,
)
from bridge.domain.paint import Card, Line

# Together far below the 13,200 characters at which Slack refuses a message's blocks (slackapi/bolt-js#2509).
TITLE: Final = 250
LINE: Final = 600
BODY: Final = 2_400
FACTS: Final = 1_200


def card_blocks(card: Card) -> Block:
    """`text` and `blocks` of the root message."""
    head = f"{card.symbol} {one_line(card.state_word, 100)}  #{card.number}  "
    blocks: list[Block | None] = [
        section([text_element(head), text_element(one_line(card.title, TITLE) or "…", strong=True)]),
        context(card.who, LINE),
        section(status) if (status := rich(card.status, LINE)) else None,
        _body(card.body),
        section(facts) if (facts := rich(card.facts, FACTS)) else None,
        *actions(card.buttons, card.more),
        context(_foot(card), LINE),
    ]
    return {"text": fallback(card.fallback), "blocks": [block for block in blocks if block is not None]}


def _body(texts: tuple[str, ...]) -> Block | None:
    """Reason and summary, as a quote: they are the bot's words, not ours."""
    left = BODY
    quotes: list[Block] = []
    for text in texts:
        words = clip(text, left) if left > 20 else ""
        if words:
            left -= len(words)
            quotes.append({"type": "rich_text_quote", "elements": [text_element(words)]})
    return {"type": "rich_text", "elements": quotes} if quotes else None


def _foot(card: Card) -> Line:
    rule, why = one_line(card.rule, 100), one_line(card.why, 150)
    if not rule:
        return card.footer
    if why:
        rule = f"{rule} ({why})"
    return (*card.footer, f" · rule: {rule}") if card.footer else (f"rule: {rule}",)
