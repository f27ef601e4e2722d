"""Files in the console: brought in, sent, shown; what is refused, and what no name and no byte can do there."""

import io
import json

import pytest
from aiohttp import FormData
from yarl import URL

from bridge.domain.capabilities import BotCapabilities
from bridge.domain.files import FILE_BYTES
from bridge.domain.words import Attachment
from tests.console.visitor import Answer
from tests.file_samples import PDF, PNG, REFUSED

FILES = BotCapabilities(files=True)
EVIL = '"><img src=x onerror=alert(1)>\u202egnp.exe.png'


async def bring(visitor, number, content=PDF, name="receipt.pdf", **headers) -> Answer:
    head = {"Origin": visitor.base, "X-CSRF-Token": visitor.csrf, "Content-Type": "application/octet-stream", **headers}
    url = URL(f"{visitor.base}/t/{number}/files").with_query(name=name)
    async with visitor.session.post(url, data=io.BytesIO(content), headers=head) as answer:
        return Answer(answer.status, await answer.text(), answer.headers)


async def brought(visitor, number, content=PDF, name="receipt.pdf") -> str:
    answer = await bring(visitor, number, content, name)
    assert answer.status == 201, answer.text
    return json.loads(answer.text)["id"]


async def read(visitor, path):
    async with visitor.session.get(URL(visitor.base + path, encoded=True), allow_redirects=False) as answer:
        return answer.status, dict(answer.headers), await answer.read()


async def say(visitor, number, files, text="", mode="note"):
    await visitor.get(f"/t/{number}")
    return await visitor.post(f"/t/{number}/say", text=text, mode=mode, key=visitor.key, files=files)


async def test_a_file_is_brought_sent_and_shown(site, member):
    ana, ticket = await member("Ana"), await site.escalate(capabilities=FILES)
    file = await brought(ana, ticket.number)
    answer = await say(ana, ticket.number, file, "here", "claim_and_reply")
    assert answer.status == 200

    (message,) = [each for each in (await site.view(ticket.id)).messages if each.attachments]
    assert (message.text, message.attachments[0].file_id) == ("here", file)
    page = await ana.get(f"/t/{ticket.number}")
    assert f'href="/t/{ticket.number}/files/{file}" download' in page.text
    assert "receipt.pdf" in page.words
    status, headers, content = await read(ana, f"/t/{ticket.number}/files/{file}")
    assert (status, content) == (200, PDF)
    assert headers["Content-Disposition"] == "attachment; filename=\"receipt.pdf\"; filename*=UTF-8''receipt.pdf"
    assert headers["Content-Type"] == "application/pdf"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


async def test_files_may_go_without_words_but_nothing_may_not(site, member):
    ana, ticket = await member("Ana"), await site.escalate()
    files = [await brought(ana, ticket.number) for _ in range(3)]
    assert (await say(ana, ticket.number, " ".join(files))).status == 200
    assert (await say(ana, ticket.number, "")).status == 422
    (note,) = [each for each in (await site.view(ticket.id)).messages if each.attachments]
    assert [each.file_id for each in note.attachments] == files


async def test_only_pictures_are_shown_in_their_place(site, member):
    ana, ticket = await member("Ana"), await site.escalate()
    picture, paper = await brought(ana, ticket.number, PNG, "a.png"), await brought(ana, ticket.number)
    await say(ana, ticket.number, f"{picture} {paper}")
    page = await ana.get(f"/t/{ticket.number}")
    assert f'src="/t/{ticket.number}/files/{picture}?inline"' in page.text
    assert f"{paper}?inline" not in page.text
    for file, way in ((picture, "inline"), (paper, "attachment")):
        _, headers, _ = await read(ana, f"/t/{ticket.number}/files/{file}?inline")
        assert headers["Content-Disposition"].startswith(way)


async def test_no_name_of_a_file_becomes_markup_or_reverses_its_ending(site, member):
    ana, ticket = await member("Ana"), await site.escalate()
    file = await brought(ana, ticket.number, PNG, EVIL)
    await say(ana, ticket.number, file)
    page = await ana.get(f"/t/{ticket.number}")
    assert "<img src=x" not in page.text
    assert "\u202e" not in page.text
    assert "gnp.exe.png" in page.words
    _, headers, _ = await read(ana, f"/t/{ticket.number}/files/{file}")
    assert "\n" not in headers["Content-Disposition"]


@pytest.mark.parametrize("name", ["../../x.pdf", "a\0.pdf", "\u00e9" * 300 + ".pdf", "x\r\nSet-Cookie: a=b.pdf", ""])
async def test_a_strange_name_is_taken_and_made_safe(site, member, name):
    ana, ticket = await member("Ana"), await site.escalate()
    answer = await bring(ana, ticket.number, PDF, name)
    assert answer.status == 201
    assert not set(json.loads(answer.text)["name"]) & set("/\\\0\r\n")


async def test_what_runs_or_is_two_kinds_at_once_is_refused(site, member):
    ana, ticket = await member("Ana"), await site.escalate()
    for name, content in REFUSED:
        answer = await bring(ana, ticket.number, content, name)
        assert answer.status == 415, name
        assert "Taken are images" in json.loads(answer.text)["title"]


@pytest.mark.parametrize(("size", "status"), [(0, 422), (FILE_BYTES, 201), (FILE_BYTES + 1, 413)])
async def test_a_file_has_something_in_it_and_not_too_much(site, member, size, status):
    ana, ticket = await member("Ana"), await site.escalate()
    assert (await bring(ana, ticket.number, b"a" * size, "a.txt")).status == status


async def test_a_file_without_our_token_or_from_another_site_is_refused_unread(site, member, tmp_path):
    ana, ticket = await member("Ana"), await site.escalate()
    for headers in (
        {"X-CSRF-Token": ""}, {"X-CSRF-Token": "x" * 43}, {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ):  # fmt: skip
        assert (await bring(ana, ticket.number, **headers)).status == 403
    form = FormData({"csrf": ana.csrf, "file": "x"})
    async with ana.session.post(f"{ana.base}/t/{ticket.number}/files", data=form) as answer:
        assert answer.status == 403
    assert list(tmp_path.glob("files/*")) == []


async def test_a_stranger_neither_brings_nor_reads_files(site, member, stranger):
    ana, ticket = await member("Ana"), await site.escalate()
    file = await brought(ana, ticket.number)
    await say(ana, ticket.number, file)
    assert (await bring(stranger, ticket.number)).status == 401
    assert (await read(stranger, f"/t/{ticket.number}/files/{file}"))[0] == 401


async def test_a_file_is_read_at_its_own_ticket_and_before_that_by_who_brought_it(site, member):
    ana, ben = await member("Ana"), await member("Ben")
    one, other = await site.escalate(), await site.escalate()
    file = await brought(ana, one.number)
    assert (await read(ana, f"/t/{one.number}/files/{file}"))[0] == 200
    assert (await read(ben, f"/t/{one.number}/files/{file}"))[0] == 404
    await say(ana, one.number, file)
    assert (await read(ben, f"/t/{one.number}/files/{file}"))[0] == 200
    assert (await read(ana, f"/t/{other.number}/files/{file}"))[0] == 404
    assert (await read(ana, f"/t/{one.number}/files/fil_{'0' * 32}"))[0] == 404
    assert (await read(ana, f"/t/{one.number}/files/..%2f..%2fetc"))[0] == 404


async def test_a_colleagues_file_cannot_be_sent_in_ones_own_name(site, member):
    ana, ben, ticket = await member("Ana"), await member("Ben"), await site.escalate()
    file = await brought(ana, ticket.number)
    answer = await say(ben, ticket.number, file, "mine")
    assert "is not kept any more" in answer.words
    assert await site.said(ticket) == []


@pytest.mark.parametrize("files", ["fil_x", "../../etc", "fil_" + "0" * 31, " ".join(["fil_" + "0" * 32] * 11)])
async def test_a_form_that_names_files_we_cannot_have_is_refused(site, member, files):
    ana, ticket = await member("Ana"), await site.escalate()
    assert (await say(ana, ticket.number, files, "x")).status == 422


async def test_a_bot_that_shows_no_files_gets_none_and_the_box_keeps_them(site, member):
    ana, ticket = await member("Ana"), await site.escalate()
    file = await brought(ana, ticket.number)
    answer = await say(ana, ticket.number, file, "see", "claim_and_reply")
    assert "shop-bot has not said that it can show files to Mara" in answer.words
    assert 'data-told="taken"' not in answer.text
    assert (await say(ana, ticket.number, file, "see")).status == 200
    assert await site.said(ticket) == ["note inside: see"]


async def test_what_became_of_a_users_file_is_told_in_words(site, member):
    ana, ticket = await member("Ana"), await site.escalate()
    url = "https://cdn.shop.example/a.pdf"
    await site.user_says(ticket, "see", attachments=(Attachment(name="a.pdf", url=url),))
    page = await ana.get(f"/t/{ticket.number}")
    assert "a.pdf is being fetched" in page.words
    assert url not in page.text

    (wanted,) = await site.store.files.take_wanted(site.clock.now(), 5)
    async with ana.stream() as stream:
        await stream.next()
        await site.store.files.not_fetched(wanted, "The server answered 404.", again=None)
        await stream.until("could not be fetched")
    assert "a.pdf could not be fetched. The server answered 404." in (await ana.get(f"/t/{ticket.number}")).words


async def test_a_transcript_names_the_files(site, member):
    ana, ticket = await member("Ana"), await site.escalate()
    await say(ana, ticket.number, await brought(ana, ticket.number))
    assert f"> 📎 receipt.pdf ({len(PDF)} B)" in (await ana.get(f"/t/{ticket.number}/transcript.md")).text
