"""Files in messages, both ways: what a bot may name, and the links by which it reads what the team sends."""

from datetime import timedelta
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from bridge.domain.events import EventKey, Intent, PersonWrote
from bridge.domain.file_links import GOOD_FOR, Signer
from bridge.domain.people import Person
from bridge.domain.words import Attachment
from bridge.store.spool import Spool
from tests.api.conftest import Running
from tests.api.test_api_files import Sender
from tests.file_samples import PDF, PNG

ANA = Person(platform="console", workspace="", id="Ana", name="Ana")


@pytest.fixture
def bot(handrail: Running) -> Sender:
    return Sender(handrail)


async def say(handrail, ticket, *files, text="here it is", bot="shop-bot", **more):
    body = {"text": text, "attachments": [{"file_id": file} for file in files], **more}
    return await handrail.call("POST", f"/v1/tickets/{ticket}/messages", body, bot=bot)


async def shown(handrail, ticket):
    lines = (await handrail.call("GET", f"/v1/tickets/{ticket}/transcript")).json["messages"]
    return [(line["text"], [(each["name"], each["size"]) for each in line["attachments"]]) for line in lines]


async def team_sends(handrail, ticket, content=PDF, name="receipt.pdf", *, intent=Intent.CLAIM_AND_REPLY):
    """Ana sends a file from the console; its id."""
    async with Spool() as spool:
        await spool.write(content)
        file, _ = await handrail.api.store.files.keep(spool, await spool.judged(name), uploader="console:Ana")
    wrote = PersonWrote(
        key=EventKey("console", file.id), person=ANA, at=handrail.clock.now(), text="see", ticket=ticket,
        intent=intent, attachments=(Attachment(name="", file_id=file.id),),
    )  # fmt: skip
    said = await handrail.api.desk.handle(wrote)
    handrail.clock.advance(seconds=30)
    for deadline in await handrail.api.store.timers.due(handrail.clock.now(), 100):
        await handrail.api.desk.handle(deadline)
    return file.id, said


async def link_told(handrail):
    """The newest link in the bot's feed."""
    events = (await handrail.call("GET", "/v1/events")).json["events"]
    ((told,),) = [each["data"]["message"]["attachments"] for each in events if each["type"] == "message.created"]
    return told


async def escalated_with_files(handrail):
    return await handrail.escalated({"conversation": {"external_id": "web-1"}, "capabilities": {"files": True}})


# ── from the bot ─────────────────────────────────────────────────────────────


async def test_a_file_that_was_sent_in_is_shown_with_the_message_that_names_it(handrail, bot):
    ticket, file = await handrail.escalated(), await bot.kept(PDF, "receipt.pdf")
    assert (await say(handrail, ticket, file)).status == 201
    assert await shown(handrail, ticket) == [("here it is", [("receipt.pdf", len(PDF))])]


async def test_a_message_may_be_a_file_alone_but_not_nothing(handrail, bot):
    ticket, file = await handrail.escalated(), await bot.kept()
    body = {"attachments": [{"file_id": file}]}
    assert (await handrail.call("POST", f"/v1/tickets/{ticket}/messages", body)).status == 201
    assert await shown(handrail, ticket) == [("", [("receipt.pdf", len(PDF))])]
    nothing = await handrail.call("POST", f"/v1/tickets/{ticket}/messages", {"attachments": []})
    assert (nothing.status, nothing.json["errors"][0]["pointer"]) == (422, "/text")


async def test_another_bots_file_reads_like_one_that_is_not_there(handrail, bot):
    ticket = await handrail.escalated()
    theirs = await bot.kept(bot="other-bot")
    answers = [await say(handrail, ticket, each) for each in (theirs, "fil_" + "0" * 32)]
    assert [(each.status, each.slug) for each in answers] == [(404, "not-found")] * 2
    assert len({each.json["detail"] for each in answers}) == 1
    assert await shown(handrail, ticket) == []


async def test_a_members_file_cannot_be_taken_by_a_bot(handrail):
    ticket = await escalated_with_files(handrail)
    file, _ = await team_sends(handrail, ticket, intent=Intent.NOTE)
    assert (await say(handrail, ticket, file)).status == 404


async def test_a_file_stays_with_the_ticket_that_named_it_first(handrail, bot):
    one = await handrail.escalated()
    other = await handrail.escalated({"conversation": {"external_id": "web-2"}})
    file = await bot.kept()
    assert (await say(handrail, one, file)).status == 201
    assert (await say(handrail, one, file, text="again")).status == 201
    answer = await say(handrail, other, file)
    assert (answer.status, answer.slug) == (409, "state-conflict")


async def test_ten_files_are_taken_with_one_message_and_eleven_are_not(handrail, bot):
    ticket, file = await handrail.escalated(), await bot.kept()
    assert (await say(handrail, ticket, *[file] * 10)).status == 201
    assert (await say(handrail, ticket, *[file] * 11)).status == 422


async def test_a_repeated_message_with_a_file_is_one_message(handrail, bot):
    ticket, file = await handrail.escalated(), await bot.kept()
    body = {"text": "x", "attachments": [{"file_id": file}, {"url": "https://cdn.shop.example/a.pdf"}]}
    path = f"/v1/tickets/{ticket}/messages"
    answers = [await handrail.signed("POST", path, body, message_id="k") for _ in range(3)]
    assert len({each.raw for each in answers}) == 1
    assert await shown(handrail, ticket) == [("x", [("receipt.pdf", len(PDF)), ("a.pdf", None)])]
    assert len(await handrail.api.store.files.of_ticket(ticket)) == 2


# ── to the bot ───────────────────────────────────────────────────────────────


async def test_what_the_team_sends_is_read_by_a_signed_link(handrail):
    ticket = await escalated_with_files(handrail)
    await team_sends(handrail, ticket, PNG, 'r\u00e9sum\u00e9 "1".png')
    told = await link_told(handrail)

    assert (told["name"], told["content_type"], told["size"]) == ("r\u00e9sum\u00e9 _1_.png", "image/png", len(PNG))
    got = await handrail.send("GET", told["url"], None, {})
    assert (got.status, got.raw) == (200, PNG)
    assert got.headers["content-type"] == "image/png"
    assert got.headers["content-length"] == str(len(PNG))
    assert got.headers["content-disposition"] == (
        "attachment; filename=\"r_sum_ _1_.png\"; filename*=UTF-8''r%C3%A9sum%C3%A9%20_1_.png"
    )
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    assert (await handrail.send("HEAD", told["url"], None, {})).raw == b""


async def test_a_link_is_made_anew_for_each_telling_and_ends_after_a_week(handrail):
    ticket = await escalated_with_files(handrail)
    await team_sends(handrail, ticket)
    first = await link_told(handrail)
    handrail.clock.advance(minutes=30)
    second = await link_told(handrail)
    assert second["expires_at"] > first["expires_at"]

    async def reads(told):
        return (await handrail.send("GET", told["url"], None, {})).status

    handrail.clock.advance(seconds=(GOOD_FOR - timedelta(minutes=30, seconds=1)).total_seconds())
    assert (await reads(first), await reads(second)) == (200, 200)
    handrail.clock.advance(seconds=1)
    assert (await reads(first), await reads(second)) == (404, 200)


async def test_a_forged_an_expired_and_a_strangers_link_read_alike(handrail, bot):
    ticket = await escalated_with_files(handrail)
    file, _ = await team_sends(handrail, ticket)
    url = (await link_told(handrail))["url"]
    other = await bot.kept(PNG, "a.png")
    signed = parse_qs(urlsplit(url).query)["signature"][0]
    stranger = Signer("", b"a key that is not ours").link(file, "receipt.pdf", handrail.clock.now()).url
    forged = [
        url.replace("expires=1", "expires=9"),
        url.replace(signed, signed[::-1]),
        url.replace(signed, signed + "A"),
        url.replace(signed, ""),
        url.replace(signed, quote("\u00e9\udcff", errors="surrogateescape")),
        url.split("?")[0],
        url.replace(file, other),
        url.replace(file, "fil_" + "0" * 32),
        url.replace(file, "..%2F..%2Fetc"),
        url + "0" * 3000,
        stranger,
    ]
    answers = [await handrail.send("GET", each, None, {}) for each in forged]
    assert {(each.status, each.slug, each.json["detail"]) for each in answers} == {
        (404, "not-found", "There is no file at this address, or its link has expired.")
    }


async def test_a_link_to_a_file_that_was_forgotten_leads_nowhere(handrail):
    ticket = await escalated_with_files(handrail)
    file, _ = await team_sends(handrail, ticket)
    url = (await link_told(handrail))["url"]
    await handrail.api.store.files.delete([file])
    assert (await handrail.send("GET", url, None, {})).status == 404


async def test_a_bot_that_shows_no_files_gets_none_and_the_member_hears_why(handrail):
    ticket = await handrail.escalated()
    _, said = await team_sends(handrail, ticket)
    assert said.refused
    assert "has not said that it can show files" in "".join(map(str, said.line))
    file, _ = await team_sends(handrail, ticket, intent=Intent.NOTE)
    assert [each.id for each in await handrail.api.store.files.of_ticket(ticket)] == [file]


async def test_a_note_with_a_file_reaches_no_bot(handrail):
    ticket = await escalated_with_files(handrail)
    await team_sends(handrail, ticket, intent=Intent.NOTE)
    events = (await handrail.call("GET", "/v1/events")).json["events"]
    assert "message.created" not in [each["type"] for each in events]
    assert await shown(handrail, ticket) == []


async def test_somebody_elses_file_cannot_be_sent_along(handrail, bot):
    ticket, theirs = await escalated_with_files(handrail), await bot.kept()
    wrote = PersonWrote(
        key=EventKey("console", "k"), person=ANA, at=handrail.clock.now(), text="x", ticket=ticket,
        intent=Intent.NOTE, attachments=(Attachment(name="", file_id=theirs),),
    )  # fmt: skip
    said = await handrail.api.desk.handle(wrote)
    assert said.refused
