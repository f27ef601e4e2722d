"""How the bot behaves. Each function is one step of a conversation; `Talks.change` keeps its effects together."""

import re
from collections.abc import Mapping
from typing import Any

from bridge.demo import shop
from bridge.demo.handrail import Answer
from bridge.demo.talks import Call, Line, Talk

CAN = {"edit": True, "delete": True, "typing": True, "max_text": 4000}
SAYINGS = {
    "ticket.assigned": "{name} joined.",
    "ticket.reassigned": "{name} took over.",
    "ticket.unassigned": "{name} left. Somebody else will be with you.",
    "ticket.delayed": "Our team is hard to reach at the moment. What you write is kept.",
    "ticket.closed": "You're back with the shop bot.",
}


def said(talk: Talk, line: str, text: str) -> None:
    """The user wrote. While the conversation is not the bot's, their words go to the team and the bot is silent."""
    if talk.find(line):
        return  # the page sent it twice
    talk.add(Line(id=line, who="user", text=text))
    if talk.owner != "bot":
        relay(talk, "POST", "/messages", {"external_id": line, "text": text}, line)
        return
    reply = shop.answer(text)
    talk.add(Line(id=f"re-{line}", who="bot", text=reply.text, state="stuck" if reply.stuck else ""))
    if reply.person:
        escalate(talk)


def relay(talk: Talk, method: str, path: str, body: Mapping[str, Any] | None, line: str | None = None) -> None:
    """Queue a call about the ticket; its id is filled in when the call goes out, the escalation before it done."""
    for each in talk.lines:
        each.known = each.known or each.id == line
    talk.calls.append(Call(method=method, path="/v1/tickets/{ticket}" + path, body=body, line=line))


def escalate(talk: Talk) -> None:
    """Hand over with all that Handrail does not have yet. Silence begins now, not when Handrail has answered."""
    talk.owner = "queue"
    fresh = [each for each in talk.lines if not each.known and each.who in {"user", "bot"} and each.state != "deleted"]
    asked = [each.text for each in fresh if each.who == "user" and not shop.answer(each.text).person]
    order = re.search(r"(?<!\d)\d{4,8}(?!\d)", " ".join(asked))
    body = {
        "conversation": {"external_id": talk.visitor},
        "user": {"external_id": talk.visitor, "name": talk.name, "locale": talk.locale},
        "title": asked[-1][:120] if asked else "Asked for a person",
        "reason": {"code": "user_requested", "text": "Asked for a person."},
        "channel": "web",
        "attributes": {"order": order[0]} if order else {},
        "transcript": [{"id": each.id, "from": each.who, "text": each.text, "at": each.at} for each in fresh],
        "capabilities": CAN,
    }
    for each in fresh:
        each.known = True
    talk.calls.append(Call(method="POST", path="/v1/tickets", body=body, line=None))


def rewritten(talk: Talk, line: str, text: str | None) -> None:
    """The user edited one of their lines, or deleted it (no text)."""
    found = talk.find(line)
    if found is None or found.who != "user" or found.state == "deleted":
        return
    found.text, found.state = text or "", "edited" if text else "deleted"
    if found.known and talk.owner != "bot":
        relay(talk, "PATCH" if text else "DELETE", f"/messages/{line}", {"text": text} if text else None)


def answered(talk: Talk, call: Call, answer: Answer) -> None:
    """Handrail has decided about a call."""
    talk.calls = [each for each in talk.calls if each.key != call.key]
    if answer.ticket:
        talk.adopt(answer.ticket)
    elif answer.problem and call.path == "/v1/tickets":
        talk.owner, talk.calls = "bot", []
        talk.add(Line(id=call.key, who="bot", text=shop.OUT_OF_REACH, state="stuck"))
    elif answer.problem == "ticket-closed" and call.method == "POST" and (line := talk.find(call.line or "")):
        line.known = False
        escalate(talk)  # the window to reopen it by a mere message is over
    elif answer.problem and (line := talk.find(call.line or "")):
        line.state = "failed"


def heard(talk: Talk, callback: str, event: Mapping[str, Any]) -> None:
    """Handrail told us something. `callback` is its webhook-id: the same over every attempt, so it counts once."""
    if callback in talk.heard:
        return
    talk.heard.append(callback)
    kind, told = event["type"], event["data"]
    talk.adopt(told["ticket"])
    message = told.get("message") or {}
    line = talk.find(message.get("id", ""))
    if kind in SAYINGS:
        who = told.get("assignee") or told.get("actor") or {}
        text = SAYINGS[kind].format(name=who.get("alias") or who.get("name") or "A colleague")
        talk.add(Line(id=callback, who="system", text=text, known=True))
    elif kind == "message.deleted" and line:
        line.text, line.state = "", "deleted"
    elif kind == "message.updated" and line:
        line.text, line.state = message["text"], "edited"
    elif kind == "message.created" and not line:
        name = (message.get("author") or {}).get("name")
        talk.add(Line(id=message["id"], who="member", text=message["text"], name=name, known=True))
    elif kind == "message.failed" and line:
        line.state = "failed"
    elif kind == "user.erased":
        talk.lines, talk.calls, talk.name = [], [], None
