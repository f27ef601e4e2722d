"""One conversation in Slack, word by word: files both ways, edits, held words, long texts, a transcript, the queue."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bridge.domain.deliveries import MarkKind
from bridge.domain.refs import MessageRef, ThreadRef
from tests.adapters.slack_shore import CHANNEL, SlackFarSide
from tests.file_samples import PDF, png
from tests.journeys.platforms import Place, slack_place
from tests.journeys.site import KEY, Site, running_site, until
from tests.wire.slack import blocks as block_kit
from tests.wire.slack.people import has_button

CAN = {"edit": True, "delete": True, "files": True}
PHOTO = png(32, 18, (196, 98, 45))
LONG = "Here is what I did.\n\n```py\n" + "order = refund(4411)\n" * 300 + "```\nThat is all."
TURNS = [{"id": f"t{n}", "from": "user" if n % 2 else "bot", "text": f"turn {n}: " + "words " * n} for n in range(9)]


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with slack_place() as made:
        yield made


@pytest.fixture
async def site(place, tmp_path, monkeypatch) -> AsyncIterator[Site]:
    for name, value in place.env.items():
        monkeypatch.setenv(name, value)
    async with running_site(tmp_path, platforms=place.platforms, team=place.team, target=place.target) as made:
        await until(place.connected, why="Slack is connected")
        yield made


class Conversation:
    def __init__(self, place: Place, site: Site) -> None:
        assert isinstance(place.far_side, SlackFarSide)
        self.far, self.place, self.site = place.far_side, place, site
        self.thread: ThreadRef
        self.ticket = ""

    async def begins(self) -> None:
        self.ticket = (await self.site.escalates(transcript=TURNS, capabilities=CAN))["id"]
        [self.thread] = await until(self.place.threads, why="the thread is open")
        await self.posts(1)
        await self.far.click(self.thread, "Claim", by=self.far.member)
        await until(lambda: "ticket.assigned" in self.site.bot.types)

    def posted(self) -> list[dict[str, Any]]:
        ours = [one for one in self.far.channel.replies(self.thread.root) if "bot_id" in one]
        return [one for one in ours if not has_button(one, "Claim")]

    async def posts(self, count: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await until(
            lambda: self.posted() if len(self.posted()) >= count else None, why=f"{count} posts stand in the thread"
        )
        return found

    def bytes_of(self, message: dict[str, Any]) -> list[bytes | None]:
        stored = self.far.server.methods.files.files
        return [stored[file["id"]].content for file in message["files"]]

    async def sends_in(self, name: str, body: bytes) -> str:
        form = aiohttp.FormData()
        form.add_field("file", body, filename=name, content_type="application/octet-stream")
        headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": name}
        async with (
            aiohttp.ClientSession() as http,
            http.post(self.site.url + "/v1/files", data=form, headers=headers) as got,
        ):
            answer = await got.json()
        return str(answer["file"]["id"])

    async def user_says(self, text: str, external_id: str, *files: str) -> None:
        said = {"text": text, "external_id": external_id, "attachments": [{"file_id": each} for each in files]}
        await self.site.call("POST", f"/v1/tickets/{self.ticket}/messages", said)

    def attaches(self, text: str, *files: tuple[str, bytes, str], **more: object) -> MessageRef:
        ts = self.far.people.attaches(CHANNEL, self.thread.root, self.far.member, text, *files, **more)
        return MessageRef(self.far.lane, self.thread.root, ts)

    def told(self, kind: str = "message.created") -> list[dict[str, Any]]:
        return [call.data["message"] for call in self.site.bot.events.values() if call.type == kind]

    async def hears(self, text: str) -> dict[str, Any]:
        found: dict[str, Any] = await until(
            lambda: next((said for said in self.told() if said["text"] == text), None), why=f"the bot hears {text!r}"
        )
        return found

    async def is_marked(self, message: MessageRef, mark: MarkKind) -> None:
        async def marked() -> bool:
            return await self.far.marks(message) == {mark}

        await until(marked, why=f"the message is marked as {mark}, and nothing else")


async def test_every_word_and_file_of_a_conversation_goes_where_it_should(place, site):
    talk = Conversation(place, site)
    await talk.begins()
    the_transcript_is_a_file_under_the_card(talk)
    await files_come_from_the_user(talk)
    await files_go_to_the_user(talk)
    await a_file_that_is_too_large_stays_and_the_words_go(talk)
    await long_words_come_in_parts_that_render_alone(talk)
    await the_user_changes_and_takes_back(talk)
    await words_in_the_undo_window_leave_no_trace(talk)
    await held_words_stay_inside_until_their_writer_says(talk)
    await the_queue_is_posted_and_brought_up_to_date(talk)

    assert all(
        call.given.get("unfurl_links") is False for call in talk.far.server.calls if call.method == "chat.postMessage"
    )
    assert talk.far.pinged() <= {"team:S0SUPPORT"}
    assert "platform:" not in str([call.body for call in site.bot.calls])
    assert "files-pri" not in str([call.body for call in site.bot.calls])


def the_transcript_is_a_file_under_the_card(talk: Conversation) -> None:
    [first] = talk.posted()
    assert first["username"] == "The last 6 of 9 turns with shop-bot (bot)"
    assert "turn 2" not in block_kit.shown(first["blocks"])
    assert [file["title"] for file in first["files"]] == ["transcript-1001.md"]
    [whole] = talk.bytes_of(first)
    assert [f"turn {n}" in (whole or b"").decode() for n in range(9)] == [True] * 9


async def files_come_from_the_user(talk: Conversation) -> None:
    await talk.user_says("the cup is *broken*", "m1", await talk.sends_in("cup.png", PHOTO))
    message = (await talk.posts(2))[-1]
    assert message["username"] == "Mara (user)"
    assert block_kit.shown(message["blocks"]) == "the cup is broken"
    assert talk.bytes_of(message) == [PHOTO]


async def files_go_to_the_user(talk: Conversation) -> None:
    written = talk.attaches("Print *this* &amp; send it", ("label.pdf", PDF, "application/pdf"))
    said = await talk.hears("Print **this** & send it")
    [file] = said["attachments"]
    assert (file["name"], file["content_type"], file["size"]) == ("label.pdf", "application/pdf", len(PDF))
    async with aiohttp.ClientSession() as http, http.get(file["url"].replace(":8700", f":{talk.site.port}")) as got:
        assert await got.read() == PDF
    await talk.is_marked(written, MarkKind.SENT)


async def a_file_that_is_too_large_stays_and_the_words_go(talk: Conversation) -> None:
    written = talk.attaches("and a film", ("film.mp4", b"film", "video/mp4"), size=31_000_000)
    said = await talk.hears("and a film")
    assert [file.get("url") for file in said["attachments"]] == [None]
    await talk.is_marked(written, MarkKind.SENT)
    sentence = "Your text reached Mara. film.mp4 did not: 31 MB, the limit is 25 MB."
    await until(
        lambda: sentence in "".join(talk.far.private_answers(talk.far.member)), why="Ana hears what stayed behind"
    )


async def long_words_come_in_parts_that_render_alone(talk: Conversation) -> None:
    before = len(talk.posted())
    await talk.user_says(LONG, "m2")
    parts = (await talk.posts(before + 3))[before:]
    kinds = [[element["type"] for element in one["blocks"][0]["elements"]] for one in parts]
    assert all("rich_text_preformatted" in kind for kind in kinds)
    assert "3/3" in block_kit.shown(parts[-1]["blocks"])


async def the_user_changes_and_takes_back(talk: Conversation) -> None:
    path = f"/v1/tickets/{talk.ticket}/messages/m1"
    message = talk.posted()[1]
    await talk.site.call("PATCH", path, {"text": "the cup came broken"})
    await until(lambda: "the cup came broken" in block_kit.shown(message.get("blocks")), why="the post is changed")
    await talk.site.call("DELETE", path)
    await until(lambda: message["ts"] not in talk.far.channel.messages, why="the post is gone")
    assert talk.far.server.called("files.delete"), "its picture went too"


async def words_in_the_undo_window_leave_no_trace(talk: Conversation) -> None:
    gone = await talk.far.member_writes(talk.thread, "wrong window")
    await talk.far.member_deletes(gone)
    changed = await talk.far.member_writes(talk.thread, "tomorow")
    await talk.far.member_edits(changed, "tomorrow")
    await talk.hears("tomorrow")
    texts = [said["text"] for said in talk.told()]
    assert "wrong window" not in texts
    assert "tomorow" not in texts
    assert talk.told("message.updated") == []


async def held_words_stay_inside_until_their_writer_says(talk: Conversation) -> None:
    far = talk.far
    await far.member_writes(talk.thread, "is it the old model?", by=far.colleague)
    held = await far.member_writes(talk.thread, "yes, the old one", by=far.member)
    await talk.is_marked(held, MarkKind.HELD)
    await talk.place.answers_question(talk.thread, "Keep inside", far.member)

    async def unmarked() -> bool:
        return await far.marks(held) == set()

    await until(unmarked, why="the hand is taken down")
    sent = await far.member_writes(talk.thread, "It is the old model.", by=far.member)
    await talk.is_marked(sent, MarkKind.HELD)
    await talk.place.answers_question(talk.thread, "Send to Mara", far.member)
    await talk.hears("It is the old model.")
    await talk.is_marked(sent, MarkKind.SENT)
    assert "yes, the old one" not in str([call.body for call in talk.site.bot.calls])


async def the_queue_is_posted_and_brought_up_to_date(talk: Conversation) -> None:
    await talk.site.escalates("web-2", title="Where is my parcel?", transcript=[])
    digest = await until(
        lambda: next((text for text in talk.far.in_channel() if "1 waiting" in text), None), why="the queue"
    )
    assert "Where is my parcel?" in digest
    row = next(one for one in talk.far.channel.messages.values() if "1 waiting" in block_kit.shown(one.get("blocks")))
    await talk.far.people.clicks(CHANNEL, row, "Claim", talk.far.colleague)
    await until(lambda: any("Nobody is waiting" in text for text in talk.far.in_channel()), why="the queue is empty")
