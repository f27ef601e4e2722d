"""Clicks and commands: acknowledged in time, for ever valid, answered to one person."""

import asyncio

import pytest

from adapters.chat.discord import build
from bridge.domain.errors import Undeliverable
from bridge.domain.events import ButtonPressed, CommandGiven, FormAsked, Verb
from bridge.domain.paint import Form, Notice, QueueDigest
from bridge.domain.people import Assignee
from bridge.domain.refs import MemberKey, MessageId
from tests.adapters.discord_shore import NAME, DiscordFarSide, discord_shore, options_for
from tests.adapters.far_side import TICKET, Heard, Shore, button, card, speech
from tests.wire.discord import DiscordServer


@pytest.fixture
async def shore(clock):
    async with discord_shore(clock) as shore:
        yield shore


@pytest.fixture
def discord(shore) -> DiscordServer:
    return shore.far_side.server


def starter(shore: Shore, thread):
    return shore.far_side.server.world.posts[int(thread.root)]


async def test_a_button_sent_before_a_restart_still_works(clock):
    server = DiscordServer(clock)
    far = DiscordFarSide(server)
    await server.start()
    heard = Heard(clock)
    thread = None
    for _ in range(2):
        platform = build(NAME, options_for(server), clock)
        running = asyncio.create_task(platform.run(heard.on_event))
        await server.until(lambda platform=platform: platform.health.connected)
        if thread is None:
            thread = await Shore(platform, far, heard, clock).opened_thread()
        else:
            await far.click(thread, "Claim")
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await platform.close()
    await server.stop()

    (event,) = heard.events
    assert isinstance(event, ButtonPressed)


async def test_buttons_stay_alive_after_private_answers_with_buttons(shore: Shore, discord):
    thread = await shore.opened_thread()
    shore.heard.answer = Notice(
        line=("Old.",), buttons=(button("Open", Verb.OPEN), button("Web", url="https://a.example"))
    )

    asking = None
    for _ in range(3):
        asking = await discord.clicks(shore.far_side.ana, starter(shore, thread), "Claim")
        await discord.until(lambda asking=asking: asking.said)
    answer = asking.replies[0]
    again = await discord.clicks(shore.far_side.ana, answer, "Open")
    await discord.until(lambda: again.said)

    assert [event.verb for event in shore.heard.events] == [Verb.CLAIM] * 3 + [Verb.OPEN]


async def test_a_click_is_acknowledged_before_the_desk_is_asked(shore: Shore, discord):
    thread = await shore.opened_thread()
    answered = discord.faults.hold_next("callback")

    asking = await discord.clicks(shore.far_side.ana, starter(shore, thread), "Claim")
    await discord.until(lambda: asking.response == 6)
    assert shore.heard.events == []

    answered.set()
    await shore.heard.next()


async def test_only_its_writer_decides_about_a_held_message(shore: Shore, discord):
    thread = await shore.opened_thread()
    ask = Notice(line=("Held.",), buttons=(button("Send to Mara", Verb.SEND_HELD, message=MessageId("msg_1")),))
    reply = await shore.platform.whisper(thread, shore.member, ask, key="w1")
    post = discord.world.posts[int(reply.message)]

    stranger = await discord.clicks(shore.far_side.ben, post, "Send to Mara")
    await discord.until(lambda: stranger.said)
    assert stranger.private
    assert "somebody else" in stranger.said
    assert shore.heard.events == []

    writer = await discord.clicks(shore.far_side.ana, post, "Send to Mara")
    (event,) = await shore.heard.next()
    assert (event.verb, event.message) == (Verb.SEND_HELD, "msg_1")
    assert writer.response == 6


async def test_a_click_that_came_too_late_has_no_effect_nobody_would_hear_of(shore: Shore, discord, clock):
    thread = await shore.opened_thread()
    asking = await discord.clicks(shore.far_side.ana, starter(shore, thread), "Claim")
    clock.advance(seconds=4)
    await discord.until(lambda: discord.calls("callback"))
    await shore.far_side.member_writes(thread, "afterwards")

    (event,) = await shore.heard.next()
    assert asking.response is None
    assert not isinstance(event, ButtonPressed)


async def test_a_handler_that_breaks_is_told_to_its_presser(shore: Shore, discord):
    thread = await shore.opened_thread()
    shore.heard.trouble = RuntimeError("a defect of ours")

    asking = await discord.clicks(shore.far_side.ana, starter(shore, thread), "Claim")
    await discord.until(lambda: asking.said)

    assert asking.private
    assert "defect" not in asking.said


async def test_a_click_in_another_server_is_nothing_of_ours(shore: Shore, discord):
    thread = await shore.opened_thread()
    home, discord.world.guild = discord.world.guild, discord.world.snowflake()
    await discord.clicks(shore.far_side.ana, starter(shore, thread), "Claim")
    discord.world.guild = home
    await shore.far_side.click(thread, "Close")

    (event,) = await shore.heard.next()
    assert event.verb is Verb.CLOSE


async def test_a_silent_answer_leaves_no_message(shore: Shore, discord):
    thread = await shore.opened_thread()

    asking = await discord.clicks(shore.far_side.ana, starter(shore, thread), "Claim")
    await shore.heard.next()
    await discord.until(lambda: asking.response)

    assert asking.replies == []


async def test_a_command_with_a_silent_answer_still_ends_its_thinking(shore: Shore, discord):
    asking = await discord.slash(shore.far_side.ana, shore.far_side.channel.id, "release", "1042")
    await discord.until(lambda: asking.said)

    assert not asking.thinking
    assert asking.private


async def test_a_command_in_a_thread_names_the_thread(shore: Shore, discord):
    thread = await shore.opened_thread()
    await discord.slash(shore.far_side.ana, int(thread.root), "claim")

    (event,) = await shore.heard.next()
    assert isinstance(event, CommandGiven)
    assert (event.words, event.thread, event.lane) == (("claim",), thread, shore.far_side.lane)


async def test_somebody_named_in_a_command_comes_with_their_roles(shore: Shore, discord):
    far = shore.far_side
    await discord.slash(far.ana, far.channel.id, "assign", "1042", named=far.ben)

    (event,) = await shore.heard.next()
    assert event.words == ("assign", "1042", "@Ben")
    assert event.named[0].groups == {far.team}


@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("mine",),
        ("next",),
        ("here",),
        ("help",),
        ("snooze", "1042", "2h"),
        ("note", "#1042", "after", "30", "days:", "no"),
    ],
)
async def test_every_word_of_the_command_is_heard(shore: Shore, discord, words):
    await discord.slash(shore.far_side.ana, shore.far_side.channel.id, *words)

    (event,) = await shore.heard.next()
    assert event.words == words


async def test_the_command_is_written_once_and_again_only_when_it_changed(shore: Shore, discord, clock):
    assert discord.command_writes == 1
    await restarted(discord, clock)
    assert discord.command_writes == 1

    discord.commands[0]["options"].pop()
    await restarted(discord, clock)
    assert discord.command_writes == 2


async def test_without_the_right_to_commands_all_else_works(clock):
    server = DiscordServer(clock)
    server.answer_next("get_commands", status=403, code=50001)
    await server.start()
    await restarted(server, clock)
    await server.stop()

    assert server.command_writes == 0


async def test_a_button_that_needs_a_form_says_what_to_type_instead(shore: Shore, discord):
    thread = await shore.opened_thread()
    await shore.platform.refresh_card(thread, card(buttons=(button("Assign…", Verb.ASSIGN, form=True),)))
    shore.heard.answer = Form(title="Who?", verb=Verb.ASSIGN, ticket=TICKET, epoch=3, submit="Hand over", fields=())

    asking = await discord.clicks(shore.far_side.ana, starter(shore, thread), "Assign…")
    await discord.until(lambda: asking.said)

    (event,) = shore.heard.events
    assert isinstance(event, FormAsked)
    assert "/handrail assign" in asking.said


async def test_the_queue_is_claimed_from_its_digest(shore: Shore, discord):
    message = await shore.platform.post(shore.far_side.lane, QueueDigest(rows=(), at=shore.clock.now()), key="q1")

    assert discord.world.posts[int(message.message)].embeds[0]["title"] == "Nobody is waiting"


async def test_a_menu_and_a_button_of_the_same_message_fire_once_each(shore: Shore, discord):
    thread = await shore.opened_thread()
    await shore.platform.post(thread, speech("Held.", buttons=(button("Keep inside", Verb.KEEP_INSIDE),)), key="k1")

    await shore.far_side.click(thread, "Why here?")
    await shore.far_side.click(thread, "Keep inside")
    await shore.far_side.member_writes(thread, "end")

    events = await shore.heard.next(3)
    assert sorted(event.verb for event in events if isinstance(event, ButtonPressed)) == [Verb.KEEP_INSIDE, Verb.WHY]


async def restarted(server: DiscordServer, clock) -> None:
    platform = build(NAME, options_for(server), clock)
    running = asyncio.create_task(platform.run(Heard(clock).on_event))
    await server.until(lambda: platform.health.connected)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await platform.close()


async def test_a_held_message_is_asked_about_where_only_its_writer_may_decide(shore: Shore, discord):
    thread = await shore.opened_thread()
    stranger = Assignee(key=MemberKey("lea"), name="Lea", platform="acme-slack", person="U0LEA")

    with pytest.raises(Undeliverable):
        await shore.platform.whisper(thread, stranger, Notice(line=("Held.",)), key="w1")
    reply = await shore.platform.whisper(thread, shore.member, Notice(line=("Held.",)), key="w2")

    assert discord.world.posts[int(reply.message)].content.startswith("**Ana**: Held.")
    assert discord.pinged == []
