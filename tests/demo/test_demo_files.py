"""Files in the webchat: on their way to the team by the bot's own signed calls, and from the team by its links."""

import asyncio
import re

import aiohttp

from tests.file_samples import PDF, PNG


async def handed_over(page, handrail):
    await page.say("I want a person")
    await handrail.carried_out(1)
    assert handrail.calls[0].body["capabilities"]["files"] is True


async def sends(page, content=PDF, name="receipt.pdf"):
    line = "0" * 8 + "-0000-4000-8000-" + f"{len(content):012d}"
    url = f"{page.base}/talks/{page.visitor}/files/{line}"
    form = aiohttp.FormData()
    form.add_field("file", content, filename=name)
    async with page.http.post(url, data=form) as got:
        return got.status, await got.json() if got.content_type.endswith("json") else None


async def test_a_file_is_sent_in_signed_and_then_named(page, handrail):
    await handed_over(page, handrail)
    status, answer = await sends(page)
    assert (status, answer["file"]["name"]) == (200, "receipt.pdf")

    _, upload, message = await handrail.carried_out(3)
    assert (upload.path, upload.body) == ("/v1/files", {"name": "receipt.pdf", "content": PDF})
    assert message.body["attachments"] == [{"file_id": answer["file"]["id"]}]
    talk = await page.until(lambda talk: not talk["lines"][-1]["waiting"])
    assert [file["name"] for file in talk["lines"][-1]["files"]] == ["receipt.pdf"]


async def test_bytes_of_any_kind_arrive_as_they_are(page, handrail):
    await handed_over(page, handrail)
    content = PNG + bytes(range(256)) * 40
    await sends(page, content, 'a"b c.png')
    upload = (await handrail.carried_out(2))[1]
    assert upload.body == {"name": "a%22b%20c.png", "content": content}


async def test_a_file_that_is_not_taken_leaves_no_line_and_says_why(page, handrail):
    await handed_over(page, handrail)
    handrail.answer_next(415, "unsupported-media-type")
    status, answer = await sends(page)
    assert (status, answer["status"]) == (422, 415)
    assert not any(line["files"] for line in (await page.seen())["lines"])


async def of_unknown_length():
    yield b"no length"


async def test_a_file_too_large_is_not_even_read(page, handrail):
    await handed_over(page, handrail)
    url = f"{page.base}/talks/{page.visitor}/files/{'0' * 8}-0000-4000-8000-{'0' * 12}"
    async with page.http.post(url, data=of_unknown_length()) as got:
        assert got.status == 413
    assert len(handrail.calls) == 1


async def test_a_file_that_breaks_off_is_refused_and_names_nothing(page, handrail):
    await handed_over(page, handrail)
    _, _, port = page.base.rpartition(":")
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port.split("/")[0]))
    path = f"/{port.partition('/')[2]}/talks/{page.visitor}/files/{'0' * 8}-0000-4000-8000-{'0' * 12}".replace(
        "//", "/"
    )
    writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nhalf".encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert await reader.read() == b""
    await page.say("still here")
    assert [call.path for call in await handrail.carried_out(2)][1].endswith("/messages")


async def test_files_of_the_team_are_shown_with_their_links(page, handrail):
    await handed_over(page, handrail)
    file = {
        "name": "label.pdf",
        "content_type": "application/pdf",
        "size": 900,
        "url": "http://x/files/fil_1/label.pdf",
    }
    message = {"id": "msg_1", "text": "", "author": {"name": "Ana"}, "attachments": [file]}
    told = handrail.event(page.visitor, "message.created", "human", message=message)
    assert await handrail.tell(page.callback, told) == 204
    (line,) = [line for line in (await page.seen())["lines"] if line["who"] == "member"]
    assert line["files"] == [file]
    assert re.match(r"http://x/files/", line["files"][0]["url"])
