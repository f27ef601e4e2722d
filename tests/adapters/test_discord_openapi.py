"""What we send is also what Discord's own description of its API allows."""

import json
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest

from bridge.domain.deliveries import MarkKind
from bridge.domain.events import Verb
from bridge.domain.paint import DigestRow, Notice, QueueDigest
from bridge.domain.refs import MessageId, new_id
from tests.adapters.discord_shore import discord_shore
from tests.adapters.far_side import TICKET, Shore, button, card, speech

DESCRIPTION = Path(__file__).resolve().parents[3] / "shared" / "data" / "discord-openapi.json"

PATHS = {
    "create_message": ("/channels/{channel_id}/messages", "post"),
    "edit_message": ("/channels/{channel_id}/messages/{message_id}", "patch"),
    "start_thread": ("/channels/{channel_id}/messages/{message_id}/threads", "post"),
    "edit_channel": ("/channels/{channel_id}", "patch"),
    "open_dm": ("/users/@me/channels", "post"),
    "put_commands": ("/applications/{application_id}/guilds/{guild_id}/commands", "put"),
    "callback": ("/interactions/{interaction_id}/{interaction_token}/callback", "post"),
    "follow_up": ("/webhooks/{webhook_id}/{webhook_token}", "post"),
}


@pytest.mark.skipif(not DESCRIPTION.exists(), reason="Discord's OpenAPI description is not beside this checkout")
async def test_every_body_we_send_fits_discords_description(clock):
    described = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    async with discord_shore(clock) as shore:
        await everything_is_said(shore)
        asked = shore.far_side.server.asked

    seen = set()
    for call in asked:
        if call.route in PATHS and call.body is not None:
            path, method = PATHS[call.route]
            content = described["paths"][path][method]["requestBody"]["content"]["application/json"]
            schema = {**content["schema"], "components": described["components"]}
            jsonschema.Draft202012Validator(schema).validate(call.body)
            seen.add(call.route)
    assert seen == set(PATHS)


async def everything_is_said(shore: Shore) -> None:
    """One of each thing the adapter can send."""
    far, platform = shore.far_side, shore.platform
    thread = await shore.opened_thread()
    await platform.refresh_card(thread, card(title="x" * 500, buttons=tuple(button(str(n)) for n in range(20))))
    held = button("Send once", Verb.REOPEN_AND_SEND, message=MessageId(new_id("msg")))
    message = await platform.post(thread, speech("hello", buttons=(held,), mention=(far.member,)), key="k1")
    await platform.edit(message, speech("hello again", edited=True))
    row = DigestRow(
        ticket=TICKET,
        number=1042,
        title="Refund",
        who="Mara",
        waiting_since=shore.clock.now() - timedelta(minutes=4),
        urgent=True,
        claim=button("Claim #1042"),
    )
    await platform.post(far.lane, QueueDigest(rows=(row,), at=shore.clock.now()), key="q1")
    await platform.whisper(thread, shore.member, Notice(line=("Held.",), buttons=(held,)), key="w1")
    await platform.direct(far.member, speech("#1042 waits."), key="d1")
    await platform.mark(await far.member_writes(thread, "hi"), MarkKind.SENT)
    shore.heard.answer = Notice(line=("Ben took #1042.",), buttons=(button("Open", Verb.OPEN),))
    await far.click(thread, "Why here?")
    await far.command("claim 1042")
    await shore.heard.until(lambda: len(far.private_answers(far.member)) == 2)
    await platform.close_thread(thread)


async def test_previews_of_links_are_off_and_nobody_is_called_by_default(clock):
    async with discord_shore(clock) as shore:
        thread = await shore.opened_thread()
        await shore.platform.post(thread, speech("see https://shop.example"), key="k1")

        body = shore.far_side.server.calls("create_message")[-1].body

    assert body["flags"] == 4
    assert body["allowed_mentions"]["parse"] == []
    assert body["enforce_nonce"] is True
