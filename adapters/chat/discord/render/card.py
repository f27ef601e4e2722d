"""The card and the queue as embeds: colour beside shape and word, never alone."""

from adapters.chat.discord.render.buttons import rows
from adapters.chat.discord.render.marker import Marker
from adapters.chat.discord.render.markup import escape, fit, line
from bridge.domain.paint import Accent, Card, QueueDigest
from bridge.domain.text import excerpt, split

MAX_TITLE, MAX_THREAD_NAME = 256, 100
_WHO, _BODY, _FACTS, _STATUS, _FOOTER, _RULE = 400, 2000, 700, 350, 350, 120
"""Shares of the description; together below its 4096."""
_SILENT = {"parse": [], "roles": [], "users": [], "replied_user": False}
_COLOURS = {
    Accent.OPEN: 0x3B82F6,
    Accent.URGENT: 0xDC2626,
    Accent.ASSIGNED: 0x16A34A,
    Accent.WAITING: 0xA3A3A3,
    Accent.SNOOZED: 0x6366F1,
    Accent.TROUBLE: 0xF59E0B,
    Accent.MOVED: 0x64748B,
    Accent.CLOSED: 0x475569,
}


def card(shown: Card, key: str | None = None, marker: Marker = Marker.ROOT) -> dict[str, object]:
    """The body of a ticket's first message. With `key` its footer carries the marker: ROOT means a thread under it."""
    lines = [
        line(shown.who, _WHO),
        *_body(shown.body),
        line(shown.facts, _FACTS),
        line(shown.status, _STATUS),
        _small(line(shown.footer, _FOOTER)),
    ]
    embed: dict[str, object] = {
        "title": _title(shown),
        "description": "\n".join(filter(None, lines)),
        "color": _COLOURS[shown.accent],
    }
    rule = f"{shown.rule} ({shown.why})" if shown.why else shown.rule
    foot = [f"rule: {excerpt(rule, _RULE)}"] if shown.rule else []
    if key is not None:
        foot.append(marker.of(key))
    if foot:
        embed["footer"] = {"text": " · ".join(foot)}
    return {"embeds": [embed], "components": rows(shown.buttons, shown.more), "allowed_mentions": _SILENT}


def thread_name(number: int, title: str) -> str:
    """Never the state: renaming a thread is throttled for minutes, and no header tells (discord-api-docs 1900)."""
    return excerpt(f"#{number} {title}", MAX_THREAD_NAME)


def digest(queue: QueueDigest, key: str | None = None) -> dict[str, object]:
    """All who wait in this channel, oldest first, with a button each."""
    lines = []
    for row in queue.rows[:25]:
        urgent = "‼ urgent · " if row.urgent else ""
        since = f"waiting since <t:{int(row.waiting_since.timestamp())}:R>"
        title, who = fit(row.title, 60), fit(row.who, 30)
        lines.append(f"#{row.number} {urgent}**{title}** · {who} · {since}")
    behind = queue.more + max(0, len(queue.rows) - 25)
    if behind:
        lines.append(f"and {behind} more")
    count = len(queue.rows) + queue.more
    embed: dict[str, object] = {
        "title": "Nobody is waiting" if not count else "1 ticket waits" if count == 1 else f"{count} tickets wait",
        "description": "\n".join(lines) or "Every ticket has somebody.",
        "color": _COLOURS[Accent.OPEN],
        "timestamp": queue.at.isoformat(),
    }
    if key is not None:
        embed["footer"] = {"text": Marker.QUEUE.of(key)}
    return {
        "embeds": [embed],
        "components": rows([row.claim for row in queue.rows[:25]]),
        "allowed_mentions": _SILENT,
    }


def _title(shown: Card) -> str:
    head = f"{shown.symbol} {shown.state_word} "
    head = f"{fit(head, 100)} " if len(escape(head)) > 100 else f"{escape(head)} "
    head += f"#{shown.number}  "
    return head + fit(shown.title, MAX_TITLE - len(head))


def _body(paragraphs: tuple[str, ...]) -> list[str]:
    """Words of the bot and its user, with their line breaks, as far as there is room."""
    painted: list[str] = []
    room = _BODY
    for words in paragraphs:
        pieces = split(words, room - 1, lambda piece: len(escape(piece))) if room > 1 else []
        if not pieces:
            continue
        painted.append(escape(pieces[0]) + ("…" if len(pieces) > 1 else ""))
        room -= len(painted[-1]) + 1
    return painted


def _small(text: str) -> str:
    return f"-# {text}" if text else ""
