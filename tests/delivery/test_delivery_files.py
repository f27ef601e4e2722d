"""Files on their way into a thread and to the bot, in front of the real adapters, once per platform."""

from dataclasses import replace

import pytest

from bridge.desk.desk import Desk
from bridge.domain.deliveries import PostHistory, PostWords, RetractWords, Strand
from bridge.domain.events.operators import Operator, UserErasure
from bridge.domain.files import at_platform
from bridge.domain.words import Attachment, Author, Message, WordsKind
from bridge.jobs.fetching import FetchFiles
from bridge.rulebook import Rules
from bridge.store.spool import Spool
from tests.adapters.slack_shore import CHANNEL, SlackFarSide
from tests.delivery.conftest import connected
from tests.delivery.threads import Thread
from tests.file_samples import PDF
from tests.samples import SHOP, a_message, asks, member_replies
from tests.wire.bot import bot_listening

LATER = "https://cdn.shop.example/photo.png"
NOT_THERE = "The server answered 404."
IN_SLACK = pytest.mark.parametrize("thread", ["slack"], indirect=True)


async def kept(opened: Thread, name: str = "receipt.pdf") -> Attachment:
    async with Spool() as spool:
        await spool.write(PDF)
        file, _ = await opened.store.files.keep(spool, await spool.judged(name), uploader=SHOP, bot=SHOP)
    return Attachment(name=file.name, file_id=file.id, content_type=file.content_type, size=file.size)


async def says(opened: Thread, text: str, *files: Attachment) -> Message:
    message = a_message(opened.ticket.id, text, attachments=files, at=opened.clock.now())
    await opened.order(PostWords(message.id), Strand.WORDS, message)
    await opened.settle()
    return message


def shows_files(opened: Thread) -> bool:
    return opened.shore.platform.capabilities.files


async def stored(opened: Thread) -> list[bytes | None]:
    """What lies at the platform."""
    far = opened.shore.far_side
    return [file.content for file in far.server.methods.files.files.values()] if isinstance(far, SlackFarSide) else []


async def test_a_users_file_stands_with_its_words_where_files_can_and_else_by_name(opened: Thread):
    await says(opened, "look here", await kept(opened))

    [post] = await opened.shown()
    assert "look here" in post
    if shows_files(opened):
        assert await stored(opened) == [PDF]
    else:
        assert "receipt.pdf" in post


@IN_SLACK
async def test_a_file_post_whose_answer_was_lost_is_not_made_twice(opened: Thread):
    assert isinstance(opened.shore.far_side, SlackFarSide)
    opened.shore.far_side.server.carry_out_then_cut("files.completeUploadExternal")
    message = await says(opened, "look here", await kept(opened))
    await opened.passes(30)

    [post] = await opened.shown()
    assert "look here" in post
    assert await opened.left() == []
    [where] = await opened.store.messages.shown(message.id, opened.shore.far_side.lane)
    assert where.message in opened.shore.far_side.channel.messages


@IN_SLACK
async def test_words_go_without_a_file_the_platform_does_not_take_and_say_so(opened: Thread):
    assert isinstance(opened.shore.far_side, SlackFarSide)
    opened.shore.far_side.server.answer_next("files.getUploadURLExternal", error="file_uploads_disabled")
    await says(opened, "look here", await kept(opened))

    [post] = await opened.shown()
    assert "look here" in post
    assert "receipt.pdf" in post
    assert "could not be shown here, the console has it" in post
    assert opened.ticket.thread is not None, "the channel is not blamed"


async def test_a_file_that_is_fetched_later_follows_its_words(opened: Thread):
    message = await says(opened, "look here", Attachment(name="photo.pdf", url=LATER, file_id="fil_" + "1" * 32))
    [wanted] = await opened.store.files.take_wanted(opened.clock.now(), 1)
    async with Spool() as spool:
        await spool.write(PDF)
        await opened.store.files.fetched(wanted, spool, await spool.judged("photo.pdf"))
    await opened.passes(2)

    assert await stored(opened) == ([PDF] if shows_files(opened) else [])
    assert len(await opened.shown()) == (2 if shows_files(opened) else 1)
    words = await opened.store.messages.shown(message.id, opened.shore.far_side.lane, words_only=True)
    assert len(words) == 1, "an edit of the words leaves the file alone"


async def test_a_file_that_cannot_be_fetched_leaves_a_line(opened: Thread):
    await says(opened, "look here", Attachment(name="photo.pdf", url=LATER, file_id="fil_" + "1" * 32))
    [wanted] = await opened.store.files.take_wanted(opened.clock.now(), 1)
    await opened.store.files.not_fetched(wanted, NOT_THERE, again=None)
    await opened.passes(2)

    [_, line] = await opened.shown()
    assert "photo.pdf" in line
    if shows_files(opened):
        assert NOT_THERE in line


async def test_what_is_retracted_takes_its_files_along(opened: Thread):
    message = await says(opened, "look here", await kept(opened))
    await opened.order(RetractWords(message.id))
    await opened.passes(2)

    assert await opened.shown() == []
    assert [body for body in await stored(opened) if body is not None] == []


async def test_of_an_erased_user_no_file_stays_at_the_platform(opened: Thread, rules: Rules):
    await says(opened, "look here", await kept(opened))
    desk = Desk(store=opened.store, rules=rules, clock=opened.clock)
    user = await opened.store.users.get(opened.ticket.user)
    assert user is not None
    by = Operator(key="operator:root", via="command")
    await desk.handle(UserErasure(bot=user.bot, external_id=user.external_id, by=by, at=opened.clock.now()))
    await opened.user_says()
    await opened.passes(20)

    assert not any("look here" in post for post in await opened.shown())
    assert [body for body in await stored(opened) if body is not None] == []


async def test_a_long_history_stands_shortened_and_whole_in_a_file(opened: Thread):
    turns = [
        a_message(
            opened.ticket.id, f"turn {n} " + "word " * 30 * n, kind=WordsKind.HISTORY, author=Author.BOT,
            author_name="shop-bot",
        )
        for n in range(12)
    ]  # fmt: skip
    for turn in turns[:-1]:
        await opened.store.writer.decide(
            asks(
                opened.ticket.id,
                lambda now, turn=turn: replace(member_replies(now.ticket), messages=(turn,), told=(), deliveries=()),
            )
        )
    await opened.order(PostHistory(), message=turns[-1])
    await opened.passes(4)

    assert "turn 3 " not in "".join(await opened.shown())
    if shows_files(opened):
        assert len(await opened.shown()) == 1
        [whole] = await stored(opened)
        assert all(turn.text in (whole or b"").decode() for turn in turns)


@IN_SLACK
async def test_a_reply_waits_for_what_its_writer_attached_and_no_longer(opened: Thread):
    assert isinstance(opened.shore.far_side, SlackFarSide)
    people, name = opened.shore.far_side.people, opened.shore.platform.name
    people.attaches(CHANNEL, opened.ref.root, "U0ANA", "here", ("label.pdf", PDF, "application/pdf"))
    address = opened.shore.far_side.channel.replies(opened.ref.root)[-1]["files"][0]["url_private_download"]
    attached = tuple(
        Attachment(name=f"{n}.pdf", url=at_platform(name, ref), file_id="fil_" + str(n) * 32)
        for n, ref in enumerate((address, "https://evil.example/x"))
    )
    fetch = FetchFiles(opened.store, Rules(opened.book), chats={name: opened.shore.platform})
    async with bot_listening(now=opened.clock.now) as bot:
        opened.bots[SHOP] = connection = connected(bot, opened.clock)
        await opened.store.writer.decide(
            asks(
                opened.ticket.id,
                lambda now: member_replies(now.ticket, "here", attachments=attached, at=opened.clock.now()),
            )
        )
        await opened.passes(5)
        assert bot.calls == []

        await fetch(opened.clock.now())
        await opened.passes(3)
        [told] = bot.events.values()
        files = told.data["message"]["attachments"]
        assert [file["size"] for file in files] == [len(PDF), None]
        assert [("url" in file) for file in files] == [True, False]

        await opened.store.writer.decide(
            asks(
                opened.ticket.id,
                lambda now: member_replies(
                    now.ticket,
                    "never",
                    attachments=(replace(attached[0], file_id="fil_" + "2" * 32),),
                    at=opened.clock.now(),
                ),
            )
        )
        await opened.passes(200, step=5)
        assert [call.data["message"]["text"] for call in bot.events.values()] == ["here", "never"]
        await opened.dispatcher.stop()
        await connection.close()
