"""The gateway: what is heard, what is not, and how the line comes back."""

import asyncio

import pytest

from adapters.chat.discord import build
from bridge.domain.errors import PlatformDown, StoreTrouble
from bridge.domain.events import PersonWrote
from bridge.domain.refs import Lane
from tests.adapters.discord_shore import NAME, DiscordFarSide, discord_shore, options_for
from tests.adapters.far_side import Heard, Shore, speech
from tests.wire.discord import DiscordServer


@pytest.fixture
async def shore(clock):
    async with discord_shore(clock) as shore:
        yield shore


@pytest.fixture
def discord(shore) -> DiscordServer:
    return shore.far_side.server


# ── what is heard ─────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", [1, 2, 4, 6, 18, 21])
async def test_what_the_system_says_is_not_heard(shore: Shore, discord, kind):
    thread = await shore.opened_thread()
    await discord.member_writes(shore.far_side.ana, int(thread.root), "Ana did something", kind=kind)
    await shore.far_side.member_writes(thread, "a word")

    (event,) = await shore.heard.next()
    assert event.text == "a word"


async def test_a_reply_to_a_message_is_heard(shore: Shore, discord):
    thread = await shore.opened_thread()
    await discord.member_writes(shore.far_side.ana, int(thread.root), "yes", kind=19)

    (event,) = await shore.heard.next()
    assert event.text == "yes"


async def test_a_webhook_is_not_heard(shore: Shore, discord):
    thread = await shore.opened_thread()
    await discord.member_writes(shore.far_side.ana, int(thread.root), "from a webhook", webhook=77)
    await shore.far_side.member_writes(thread, "a word")

    (event,) = await shore.heard.next()
    assert event.text == "a word"


async def test_words_outside_of_threads_are_nobodys_ticket(shore: Shore, discord):
    thread = await shore.opened_thread()
    await discord.member_writes(shore.far_side.ana, shore.far_side.channel.id, "good morning")
    await shore.far_side.member_writes(thread, "a word")

    (event,) = await shore.heard.next()
    assert event.text == "a word"


async def test_a_links_preview_is_no_edit(shore: Shore, discord):
    thread = await shore.opened_thread()
    post = await discord.member_writes(shore.far_side.ana, int(thread.root), "https://example.com")
    await discord.link_unfurls(post)
    await shore.far_side.member_writes(thread, "a word")

    first, second = await shore.heard.next(2)
    assert isinstance(first, PersonWrote)
    assert isinstance(second, PersonWrote)


async def test_an_edit_told_twice_is_one_fact(shore: Shore, discord):
    thread = await shore.opened_thread()
    post = await discord.member_writes(shore.far_side.ana, int(thread.root), "on its wy")
    await discord.member_edits(post, "on its way")
    await discord.link_unfurls(post)

    _, first, second = await shore.heard.next(3)
    assert first.key == second.key


async def test_mentions_come_as_words_and_as_names(shore: Shore, discord):
    far = shore.far_side
    thread = await shore.opened_thread()
    await discord.member_writes(far.ana, int(thread.root), f"<@{far.ben.id}> or <@&{far.team}> in <#{far.channel.id}>")

    (event,) = await shore.heard.next()
    assert event.text == "@Ben or @support in #help"
    assert event.mentions == ("Ben", "support")


async def test_files_come_as_names_without_an_address_that_runs_out(shore: Shore, discord):
    thread = await shore.opened_thread()
    file = {"id": "1", "filename": "receipt.pdf", "size": 10, "url": "https://cdn.example/x?ex=1", "proxy_url": "https://x",
            "content_type": "application/pdf"}  # fmt: skip
    await discord.member_writes(shore.far_side.ana, int(thread.root), "", attachments=[file])

    (event,) = await shore.heard.next()
    (attachment,) = event.attachments
    assert (attachment.name, attachment.size, attachment.url) == ("receipt.pdf", 10, None)


async def test_a_thread_the_cache_has_forgotten_is_asked_for(shore: Shore, discord):
    thread = await shore.opened_thread()
    place = discord.world.channels[int(thread.root)]
    await discord.thread_archived(place)
    place.archived = False

    await shore.far_side.member_writes(thread, "hello again")

    (event,) = await shore.heard.next()
    assert event.thread == thread


async def test_words_the_store_cannot_take_now_are_kept_and_keep_their_order(shore: Shore):
    thread = await shore.opened_thread()
    shore.heard.trouble = StoreTrouble("locked")
    await shore.far_side.member_writes(thread, "first")
    await shore.far_side.member_writes(thread, "second")
    await shore.heard.until(lambda: shore.heard.asked >= 2)
    shore.heard.trouble = None

    events = await shore.heard.next(2)
    assert [event.text for event in events] == ["first", "second"]


async def test_one_event_that_breaks_does_not_silence_its_thread(shore: Shore):
    thread = await shore.opened_thread()
    shore.heard.trouble = RuntimeError("a defect of ours")
    await shore.far_side.member_writes(thread, "first")
    await shore.heard.until(lambda: shore.heard.asked == 1)
    shore.heard.trouble = None
    await shore.far_side.member_writes(thread, "second")

    (event,) = await shore.heard.next()
    assert event.text == "second"


async def test_without_message_content_only_what_names_us_is_heard(clock):
    async with discord_shore(clock, message_content=False) as shore:
        discord = shore.far_side.server
        thread = await shore.opened_thread()
        await shore.far_side.member_writes(thread, "nobody reads this")
        await shore.far_side.member_writes(thread, f"<@{discord.world.bot.id}> but this")

        (event,) = await shore.heard.next()
        assert event.text.endswith("but this")
        assert not shore.platform.capabilities.reads_messages
        assert not any(session.intents & 1 << 15 for session in discord.gateway.sessions.values())


# ── how the line comes back ───────────────────────────────────────────────


async def test_a_broken_line_is_resumed_and_what_was_missed_is_told_once(shore: Shore, discord):
    thread = await shore.opened_thread()
    discord.gateway.refusing = True
    await discord.gateway.cut()
    await shore.far_side.member_writes(thread, "while you were away")
    discord.gateway.refusing = False

    (event,) = await shore.heard.next()
    assert event.text == "while you were away"
    assert discord.gateway.identifies == 1


async def test_an_order_to_reconnect_is_followed(shore: Shore, discord):
    thread = await shore.opened_thread()
    await discord.gateway.ask_to_reconnect()
    await discord.until(lambda: any(session.resumed for session in discord.gateway.live))
    await shore.far_side.member_writes(thread, "hello")

    assert await shore.heard.next()


async def test_a_wrong_token_ends_the_connection_with_its_remedy(clock):
    trouble = await ending(clock, token="wrong")
    assert "token" in trouble


async def test_a_missing_intent_ends_the_connection_with_its_remedy(clock):
    def forbid(server: DiscordServer) -> None:
        server.gateway.content_allowed = False

    trouble = await ending(clock, forbid)
    assert "Message Content Intent" in trouble
    assert "message_content: false" in trouble


async def test_a_token_revoked_while_we_run_ends_the_connection(clock):
    async with discord_shore(clock) as shore:
        discord = shore.far_side.server
        discord.token = "another"
        discord.gateway.sessions.clear()
        await discord.gateway.invalidate(resumable=False)
        with pytest.raises(PlatformDown):
            await shore.platform.post(shore.far_side.lane, speech("hello"), key="k1")


async def test_a_bot_that_was_not_invited_says_so(clock):
    server = DiscordServer(clock)
    server.world.bot_removed = True
    await server.start()
    platform = build(NAME, options_for(server), clock)
    running = asyncio.create_task(platform.run(Heard(clock).on_event))
    await server.until(lambda: platform.health.connected)

    assert "Invite" in platform.health.trouble
    await taken_down(server, platform, running)


async def test_an_endpoint_address_that_swallows_clicks_is_named(clock):
    server = DiscordServer(clock)
    server.endpoint_url = "https://elsewhere.example"
    await server.start()
    platform = build(NAME, options_for(server), clock)
    running = asyncio.create_task(platform.run(Heard(clock).on_event))
    await server.until(lambda: platform.health.connected)

    assert "Interactions Endpoint URL" in platform.health.trouble
    await taken_down(server, platform, running)


async def test_a_server_that_is_away_at_the_start_is_waited_for(clock):
    server = DiscordServer(clock)
    far = DiscordFarSide(server)
    await server.start()
    server.answer_next("me", status=503, times=3)
    platform = build(NAME, options_for(server), clock)
    heard = Heard(clock)
    running = asyncio.create_task(platform.run(heard.on_event))

    await heard.until(lambda: platform.health.connected)

    assert len(server.calls("me")) == 4
    assert await Shore(platform, far, heard, clock).opened_thread()
    await taken_down(server, platform, running)


async def test_a_line_that_is_dead_and_looks_open_is_noticed(shore: Shore, discord, clock):
    discord.gateway.silent = True
    await shore.heard.until(lambda: hours_pass(clock) and any(one.resumed for one in discord.gateway.live))
    discord.gateway.silent = False

    await discord.until(lambda: shore.platform.health.connected)
    assert discord.gateway.identifies == 1


async def test_a_quiet_day_is_not_taken_for_a_dead_line(shore: Shore, discord, clock):
    beats = discord.gateway.heartbeats
    await shore.heard.until(lambda: hours_pass(clock) and discord.gateway.heartbeats >= beats + 2)

    assert shore.platform.health.connected
    assert not any(session.resumed for session in discord.gateway.live)


async def test_a_closed_platform_leaves_nothing_behind(shore: Shore, discord):
    await shore.platform.close()

    await discord.until(lambda: not discord.gateway.live)
    assert not shore.platform.health.connected


def hours_pass(clock) -> bool:
    clock.advance(seconds=10)
    return True


async def ending(clock, prepare=lambda _: None, **options) -> str:
    """Run to the end; the trouble it ended with. Afterwards nothing is sent any more."""
    server = DiscordServer(clock)
    prepare(server)
    await server.start()
    platform = build(NAME, {**options_for(server), **options}, clock)
    async with asyncio.timeout(5):
        await platform.run(Heard(clock).on_event)
    calls = len(server.asked)
    with pytest.raises(PlatformDown):
        await platform.post(Lane(NAME, "1"), speech("hello"), key="k1")
    assert len(server.asked) == calls
    await platform.close()
    await server.stop()
    assert not platform.health.connected
    assert platform.health.trouble is not None
    return platform.health.trouble


async def taken_down(server: DiscordServer, platform, running) -> None:
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await platform.close()
    await server.stop()
