"""How the bot behaves: each step of a conversation changes its `Talk`, which is kept as a whole or not at all."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from pydantic import BaseModel, Field

SHOP: dict[str, Any] = json.loads(Path(__file__).with_name("shop.json").read_text("utf-8"))
TICKETS, MESSAGES, TAKEBACK = "/v1/tickets", "/v1/tickets/{ticket}/messages", "/v1/tickets/{ticket}/takeback"
STATES = {"message.created": "", "message.updated": "edited", "message.deleted": "deleted"}


class Line(BaseModel):
    who: str  # user, bot, member or system
    text: str
    name: str | None = None
    at: str = Field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    files: list[dict[str, Any]] = []  # name, content_type, size; the team's have a url
    state: str = ""  # stuck (a person would help), edited, deleted or failed


class Talk(BaseModel):
    user: dict[str, str]  # their external_id, name and locale
    owner: str = "bot"
    ticket: str = ""
    news: tuple[int, int] = (0, 0)  # number and version of the ticket as we know it
    lines: dict[str, Line] = {}
    fresh: int = 0  # place of the first line that no ticket has yet
    calls: dict[str, tuple[str, str, Any]] = {}  # still to be told: method, path and body, by their idempotency keys

    def say(self, line: str, text: str, name: str = "", locale: str = "", file: dict[str, Any] | None = None) -> None:
        """The user writes. While the conversation is not the bot's, that goes to the team and the bot is silent."""
        if line in self.lines:
            return  # the page sent it twice
        self.user |= {key: said for key, said in {"name": name, "locale": locale}.items() if said}
        self.lines[line] = Line(who="user", text=text, files=[file] if file else [])
        if self.owner != "bot":
            named = {"attachments": [{"file_id": file["id"]}]} if file else {}
            self.tell("POST", MESSAGES, {"external_id": line, "text": text, **named})
            return
        reply = reply_to(text)
        self.lines[f"re-{line}"] = Line(who="bot", text=reply["text"], state=reply.get("state", ""))
        if "then" in reply:
            self.escalate()

    def rewrite(self, line: str, text: str = "", **_: str) -> None:
        """The user edits one of their lines, or deletes it (no text)."""
        found = self.lines.get(line)
        if found and found.who == "user" and found.state != "deleted":
            found.text, found.state = text, "edited" if text else "deleted"
            if self.owner != "bot":
                self.tell("PATCH" if text else "DELETE", f"{MESSAGES}/{line}", {"text": text} if text else None)

    def tell(self, method: str, path: str, body: dict[str, Any] | None) -> None:
        """Queue a call. Where its path names the ticket, the escalation before it will be answered by then."""
        self.calls[f"call_{uuid4().hex}"] = (method, path, body)

    def escalate(self) -> None:
        """Hand over with all that no ticket has yet. Silence begins now, not when Handrail has answered."""
        lines = [*self.lines.items()][self.fresh :]
        fresh = [(key, each) for key, each in lines if each.text and each.who in {"user", "bot"}]
        asked = [each.text for _, each in fresh if each.who == "user" and "then" not in reply_to(each.text)]
        order = re.search(r"(?<!\d)\d{4,8}(?!\d)", " ".join(asked))
        body = {
            "conversation": {"external_id": self.user["external_id"]},
            "user": self.user,
            "title": asked[-1][:120] if asked else SHOP["escalation"]["title"],
            "attributes": {"order": order[0]} if order else {},
            "transcript": [{"id": key, "from": each.who, "text": each.text, "at": each.at} for key, each in fresh],
        }
        self.owner = "queue"
        self.tell("POST", TICKETS, SHOP["escalation"] | body)

    def answered(self, key: str, problem: str, answer: dict[str, Any]) -> None:
        """Handrail has decided about a call."""
        _, path, body = self.calls.pop(key, ("", "", None))
        line = (body or {}).get("external_id", "")
        if not problem:
            self.adopt(answer.get("ticket"))
        elif path == TICKETS:
            self.owner, self.calls = "bot", {}
            self.lines[key] = Line(who="bot", text=SHOP["out of reach"], state="stuck")
        elif problem == "ticket-closed" and line in self.lines:  # too late to reopen it by a mere message
            self.fresh = [*self.lines].index(line)
            self.calls = {each: call for each, call in self.calls.items() if call[0] != "POST"}
            self.escalate()
        elif line in self.lines:
            self.lines[line].state = "failed"

    def hear(self, callback: str, kind: str, told: dict[str, Any]) -> None:
        """Handrail tells something, perhaps twice: under the same webhook-id, with the same effect."""
        self.adopt(told["ticket"])
        message = told.get("message") or {}
        who = told.get("assignee") or message.get("author") or told.get("actor") or {}
        name = who.get("alias") or who.get("name") or "A colleague"
        if kind == "user.erased" and callback not in self.lines:
            self.lines, self.calls, self.fresh, self.user = {}, {}, 0, {"external_id": self.user["external_id"]}
        if kind in STATES:
            line = self.lines.setdefault(message["id"], Line(who="member", text="", name=name))
            line.text, line.state = message.get("text") or "", STATES[kind]
            line.files = message.get("attachments") or []
        elif kind == "message.failed" and message.get("external_id") in self.lines:
            self.lines[message["external_id"]].state = "failed"
        elif kind in SHOP["events"]:
            self.lines.setdefault(callback, Line(who="system", text=SHOP["events"][kind].format(name=name)))

    def adopt(self, ticket: dict[str, Any] | None) -> None:
        """Believe who owns the conversation, unless this is older news: answers and callbacks overtake each other."""
        if ticket and (news := (ticket["number"], ticket["version"])) > self.news:
            self.fresh = len(self.lines) if self.owner != "bot" == ticket["owner"] else self.fresh
            self.ticket, self.owner, self.news = ticket["id"], ticket["owner"], news


def reply_to(text: str) -> dict[str, str]:
    return next(each for each in SHOP["answers"] if re.search(each["pattern"], text, re.IGNORECASE))
