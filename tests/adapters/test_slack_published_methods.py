"""What we send to Slack fits the arguments its documentation lists."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.domain.deliveries import MarkKind
from bridge.domain.paint import Enclosed, Notice, QueueDigest, Speaker
from bridge.ports.chat import Watermark
from tests.adapters.far_side import Shore, button, card, speech
from tests.adapters.slack_shore import slack_shore
from tests.wire.slack.rules import RULES

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "data" / "slack-methods"
needs_the_descriptions = pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published descriptions are not here")


def described(method: str) -> dict:
    return json.loads((PUBLISHED / f"{method}.json").read_text(encoding="utf-8"))


def note() -> Enclosed:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"hello"

    return Enclosed(name="note.txt", content_type="text/plain", size=5, pieces=pieces)


async def do_everything(shore: Shore) -> None:
    """Every method of the port at least once."""
    far, platform = shore.far_side, shore.platform
    thread = await shore.opened_thread()
    await platform.refresh_card(thread, card())
    said = speech(
        "hello", mention=(f"team:{far.team}",), buttons=(button("Send"),), avatar_url="https://a.example/m.png"
    )
    message = await platform.post(thread, said, key="k1")
    await platform.edit(message, speech("hello again", edited=True))
    await platform.post(thread, speech("a file", files=(note(),), aloud=True), key="k3")
    await platform.post(thread, speech("she is back", aloud=True), key="k4")
    digest = await platform.post(far.lane, QueueDigest(rows=(), at=shore.clock.now()), key="k2")
    await platform.retract(digest)
    written = await far.member_writes(thread, "hi")
    await platform.mark(written, MarkKind.HELD)
    await platform.mark(written, MarkKind.SENT)
    await platform.whisper(thread, shore.member, Notice(line=("Held.",)), key="w1")
    await platform.direct(far.member, speech("look", speaker=Speaker.HANDRAIL), key="d1")
    await platform.find(thread, key="k1", since=shore.clock.now())
    await platform.find(far.lane, key="k1", since=shore.clock.now())
    assert [event async for event in platform.missed({thread: Watermark(read_to=thread.root)})]
    await platform.close_thread(thread)


@needs_the_descriptions
async def test_every_argument_we_send_is_a_documented_one(clock):
    async with slack_shore(clock) as shore:
        await do_everything(shore)
        calls = shore.far_side.server.calls

    for method, given in {(call.method, tuple(sorted(call.given))) for call in calls}:
        args = described(method).get("args") or {}
        known = set(args.get("properties") or {})
        assert set(given) <= known, f"{method}: {set(given) - known} is nowhere documented"
        assert set(args.get("required") or ()) - {"token"} <= set(given), method
    assert {call.method for call in calls} >= {"chat.postMessage", "chat.update", "reactions.add", "conversations.open"}


@needs_the_descriptions
@pytest.mark.parametrize("method", sorted(method for method in RULES if (PUBLISHED / f"{method}.json").is_file()))
def test_the_wire_server_knows_each_method_as_it_is_documented(method):
    rule, page = RULES[method], described(method)
    args = page.get("args") or {}

    assert rule.required | rule.optional <= set(args.get("properties") or {}) | {"icons"}
    assert set(args.get("required") or ()) - {"token"} <= rule.required
    for kind in ("public", "private", "im") if rule.scope is not None else ():
        assert rule.needs(kind) in page["scope"].get("bot", []), f"{method} needs {page['scope']}"
    if rule.json:
        assert page.get("json_input_supported"), f"{method} takes no JSON"
    if method != "chat.postMessage":  # its pace is by channel
        assert page["rate_limits"] == f"t{rule.tier}"
