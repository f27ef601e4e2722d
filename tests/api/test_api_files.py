"""`POST /v1/files`: what is taken, under which name, how often, and who may name or read it."""

import asyncio
import base64
import hmac
from dataclasses import dataclass
from hashlib import sha256

import pytest

from bridge.api.limits import Limits
from tests.api.conftest import KEYS, SECRETS, Answer, Running, running
from tests.file_samples import PDF, PNG, REFUSED, TAKEN

BOUNDARY = "----handrail-5f0c8a1e"
MOST = 200_000


def form(content: bytes, filename: str = "receipt.pdf", *, name: str | None = None, field: str = "file") -> bytes:
    quoted = filename.replace('"', '\\"')
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="{quoted}"\r\n'
        f"Content-Type: text/html\r\n\r\n".encode("utf-8", "surrogateescape")
        + content
    ]
    if name is not None:
        parts.append(f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="name"\r\n\r\n{name}'.encode())
    return b"\r\n".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


@dataclass
class Sender:
    """A bot that sends files."""

    handrail: Running

    async def send(
        self, body: bytes, *, bot: str = "shop-bot", media: str | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        media = media or f"multipart/form-data; boundary={BOUNDARY}"
        given = {"Authorization": f"Bearer {KEYS[bot]}", "Content-Type": media, **(headers or {})}
        return await self.handrail.send("POST", "/v1/files", body, given)

    async def signed(self, body: bytes, *, secret: bytes | None = None, message_id: str = "up-1") -> Answer:
        stamp = str(int(self.handrail.clock.now().timestamp()))
        mac = hmac.digest(secret or SECRETS["shop-bot"], f"{message_id}.{stamp}.".encode() + body, sha256)
        given = {
            "handrail-bot": "shop-bot",
            "webhook-id": message_id,
            "webhook-timestamp": stamp,
            "webhook-signature": "v1," + base64.b64encode(mac).decode(),
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        }
        return await self.handrail.send("POST", "/v1/files", body, given)

    async def kept(self, content: bytes = PDF, name: str = "receipt.pdf", *, bot: str = "shop-bot") -> str:
        answer = await self.send(form(content, name), bot=bot)
        assert answer.status == 201, answer.raw
        return answer.json["file"]["id"]


@pytest.fixture
def limits() -> Limits:
    return Limits(body_seconds=0.4, file_seconds=2.0, file_bytes=MOST)


@pytest.fixture
def bot(handrail: Running) -> Sender:
    return Sender(handrail)


async def test_every_kind_that_is_taken_is_named_by_its_bytes(bot):
    for name, content, kind in TAKEN:
        answer = await bot.send(form(content, name))
        assert answer.status == 201, answer.raw
        file = answer.json["file"]
        assert (file["name"], file["content_type"], file["size"]) == (name, kind, len(content))
        assert file["id"].startswith("fil_")
        assert file["created_at"].endswith("Z")


async def test_what_runs_or_is_two_kinds_at_once_is_refused_and_leaves_nothing(bot, tmp_path):
    for name, content in REFUSED:
        answer = await bot.send(form(content, name))
        assert (answer.status, answer.slug) == (415, "unsupported-media-type"), (name, content[:40])
    assert list(tmp_path.glob("files/*")) == []


async def test_the_part_called_name_wins_over_the_files_own_and_both_are_made_safe(bot):
    answer = await bot.send(form(PDF, "a.pdf", name="../../r\u00e9sum\u00e9\u202efdp.exe.pdf"))
    assert answer.json["file"]["name"] == "r\u00e9sum\u00e9fdp.exe.pdf"

    answer = await bot.send(form(PNG, '"><img src=x onerror=alert(1)>.png'))
    assert answer.json["file"]["name"] == "___img src=x onerror=alert(1)_.png"


async def test_the_bytes_lie_under_our_id_for_nobody_else_to_read(bot, tmp_path):
    name = await bot.kept(PDF)
    (file,) = (tmp_path / "files").iterdir()
    assert (file.name, file.read_bytes()) == (name, PDF)
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


# ── how large, how slow ──────────────────────────────────────────────────────


@pytest.mark.parametrize(("size", "status"), [(MOST - 1, 201), (MOST, 201), (MOST + 1, 413), (MOST + 60_000, 413)])
async def test_a_file_may_have_so_many_bytes_and_not_one_more(bot, size, status):
    answer = await bot.send(form(b"a" * size, "a.txt"))
    assert answer.status == status
    if status == 413:
        assert answer.slug == "payload-too-large"


async def test_a_form_announced_as_too_large_is_not_waited_for(handrail):
    head = (
        f"POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEYS['shop-bot']}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: 99000000\r\n"
        "Expect: 100-continue\r\n\r\n"
    )
    assert (await handrail.wire(head.encode())).startswith(b"HTTP/1.1 413")


async def test_a_chunked_form_is_cut_off_once_it_is_too_large(handrail):
    head = (
        f"POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEYS['shop-bot']}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    body = form(b"a" * (MOST + 100_000), "a.txt")
    chunked = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    assert (await handrail.wire(head.encode() + chunked)).startswith(b"HTTP/1.1 413")


async def test_a_form_that_stands_still_is_hung_up_on(handrail):
    head = (
        f"POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEYS['shop-bot']}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: 5000\r\n\r\n--"
    )
    assert (await handrail.wire(head.encode())).startswith(b"HTTP/1.1 408")


async def test_more_files_at_once_than_the_disk_has_room_for_are_told_to_wait(handrail, tmp_path, migrated_file):
    folder = tmp_path / "small"
    folder.mkdir()
    async with running(folder, migrated_file, Limits(body_seconds=5.0, uploads_at_once=1)) as small:
        head = (
            f"POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEYS['shop-bot']}\r\n"
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: 5000\r\n\r\n--"
        )
        _, writer = await asyncio.open_connection("127.0.0.1", small.port)
        try:
            writer.write(head.encode())
            await writer.drain()
            answer = await Sender(small).send(form(PDF))
            while answer.status == 201:  # until the half-sent form has arrived
                answer = await Sender(small).send(form(PDF))
            assert (answer.status, answer.slug) == (503, "overloaded")
            assert int(answer.headers["retry-after"]) >= 1
        finally:
            writer.close()
            await writer.wait_closed()


# ── forms that are none ──────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "media",
    [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        'multipart/form-data; boundary="' + "x" * 71 + '"',
        "multipart/mixed; boundary=x",
        "image/png",
    ],
)
async def test_only_a_form_with_a_boundary_is_read(bot, media):
    answer = await bot.send(form(PDF), media=media)
    assert (answer.status, answer.slug) == (415, "unsupported-media-type")


END = f"\r\n--{BOUNDARY}--\r\n".encode()
PART = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhi'.encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        END.lstrip(),
        PART,
        PART + f"\r\n--{BOUNDARY}".encode(),
        PART + b"\r\n" + PART + END,
        PART.replace(b'name="file"', b'name="other"') + END,
        PART.replace(b'; name="file"', b"") + END,
        PART.replace(b"Content-Disposition", b"X-Nothing") + END,
        PART.replace(b"form-data", b"attachment") + END,
        b"preamble\r\n" + PART + END,
        PART.replace(b"\r\n\r\n", b"\r\nX: " + b"x" * 9000 + b"\r\n\r\n") + END,
        form(PDF, name="x" * 2000),
        form(b""),
        PART.replace(b"hi", b"") + END,
    ],
)
async def test_a_form_that_is_none_is_refused_with_its_reason(bot, body):
    answer = await bot.send(body)
    assert (answer.status, answer.slug) == (422, "validation-error"), answer.raw
    assert answer.json["errors"]


async def test_a_compressed_form_is_refused_unread(bot):
    answer = await bot.send(form(PDF), headers={"Content-Encoding": "gzip"})
    assert (answer.status, answer.slug) == (415, "unsupported-encoding")


async def test_a_boundary_inside_the_file_that_lacks_its_line_end_is_content(bot):
    content = f"--{BOUNDARY} and \r\n-{BOUNDARY}\r\n--{BOUNDARY[:-1]} \r\n--".encode()
    answer = await bot.send(form(content, "a.txt"))
    assert (answer.status, answer.json["file"]["size"]) == (201, len(content))


async def test_everywhere_else_a_form_is_still_refused(bot):
    answer = await bot.handrail.call(
        "POST", "/v1/tickets", form(PDF), headers={"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    )
    assert (answer.status, answer.slug) == (415, "unsupported-media-type")


# ── who sends, and how often ─────────────────────────────────────────────────


async def test_a_signed_form_is_taken_and_a_forged_one_is_not(bot, tmp_path):
    body = form(b"a" * 150_000, "a.txt")
    assert (await bot.signed(body)).status == 201

    for forged in (await bot.signed(body, secret=b"another secret, not ours"), await bot.signed(b"--x", secret=b"no")):
        assert (forged.status, forged.slug) == (401, "invalid-signature")
    assert len(list((tmp_path / "files").iterdir())) == 1


async def test_what_is_wrong_with_a_form_is_told_only_to_who_signed_it(bot):
    assert (await bot.signed(b"no form", secret=b"not the secret at all")).slug == "invalid-signature"
    assert (await bot.signed(b"no form")).slug == "validation-error"


async def test_a_key_makes_an_upload_repeatable(bot, tmp_path):
    first = await bot.send(form(PDF), headers={"Idempotency-Key": "k1"})
    again = await bot.send(form(PDF), headers={"Idempotency-Key": "k1"})

    assert again.json == first.json
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert len(list((tmp_path / "files").iterdir())) == 1

    for other in (form(PDF + b"%more\n"), form(PDF, "other.pdf")):
        answer = await bot.send(other, headers={"Idempotency-Key": "k1"})
        assert (answer.status, answer.slug) == (409, "idempotency-conflict")
    elsewhere = await bot.send(form(PDF), bot="other-bot", headers={"Idempotency-Key": "k1"})
    assert elsewhere.json["file"]["id"] != first.json["file"]["id"]


async def test_the_same_upload_sent_ten_times_at_once_is_one_file(bot, tmp_path):
    answers = await asyncio.gather(*(bot.signed(form(PDF)) for _ in range(10)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.json["file"]["id"] for answer in answers}) == 1
    assert len(list((tmp_path / "files").iterdir())) == 1


async def test_a_key_of_another_call_is_a_conflict(bot):
    await bot.handrail.call(
        "POST", "/v1/tickets", {"conversation": {"external_id": "c"}}, headers={"Idempotency-Key": "k"}
    )
    answer = await bot.send(form(PDF), headers={"Idempotency-Key": "k"})
    assert (answer.status, answer.slug) == (409, "idempotency-conflict")


async def test_the_key_of_an_upload_is_a_conflict_for_every_other_call(bot):
    sent = await bot.send(form(PDF), headers={"Idempotency-Key": "k"})
    calls = [("POST", "/v1/tickets", {"conversation": {"external_id": "c"}}), ("DELETE", "/v1/users/u", None)]
    for call in calls:
        answer = await bot.handrail.call(*call, headers={"Idempotency-Key": "k"})
        assert (answer.status, answer.slug) == (409, "idempotency-conflict")
    again = await bot.send(form(PDF), headers={"Idempotency-Key": "k"})
    assert (again.status, again.json) == (201, sent.json)
