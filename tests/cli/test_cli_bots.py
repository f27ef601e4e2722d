"""`bots new` and `bots test`: what is printed works as it stands."""

import asyncio
import json
import re
import shutil

import pytest

from tests.journeys.site import Process
from tests.wire.bot import SECRET, bot_listening


def parts(page):
    """What stands under each heading of the page."""
    found = re.split(r"^# .*\n\n", page, flags=re.MULTILINE)
    return [part.strip("\n") for part in found[1:]]


def env_of(lines):
    return dict(line.split("=", 1) for line in lines.splitlines())


def pasted(handrail, block, *, callback=False):
    """The block under `bots:`, as an admin pastes it."""
    if callback:
        block = block.replace("    # callback:", "    callback:")
    path = handrail.folder / "handrail.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("\nbots:\n", f"\nbots:\n{block}\n", 1), encoding="utf-8")


async def shell(command):
    process = await asyncio.create_subprocess_shell(command, stdout=asyncio.subprocess.PIPE)
    async with asyncio.timeout(30):
        out, _ = await process.communicate()
    assert process.returncode == 0
    return json.loads(out)


async def test_what_is_printed_for_a_new_bot_is_all_it_takes(handrail):
    if shutil.which("curl") is None:
        pytest.skip("no curl found: the printed line is run as it stands")
    daemon = Process(handrail.folder, env := {})
    secrets, block, opens, waits = parts(await handrail.good("bots", "new", "my-bot", PORT=str(daemon.port)))
    env.update(env_of(secrets))
    assert set(env) == {"MY_BOT_KEY", "MY_BOT_SECRET", "MY_BOT_CALLBACK_SECRET"}
    pasted(handrail, block)
    await daemon.start()
    try:
        opened = await shell(opens)
        assert opened["ticket"]["state"] == "open"
        heard = await shell(waits)
        assert [event["type"] for event in heard["events"]] == ["ticket.opened"]
    finally:
        await daemon.kill()


async def test_the_printed_block_is_sound_with_its_callback_too(handrail):
    secrets, block, *_ = parts(await handrail.good("bots", "new", "my-bot"))
    pasted(handrail, block, callback=True)
    assert await handrail.good("config", "check", **env_of(secrets)) == "handrail.yaml: no complaints.\n"


async def test_keys_are_new_every_time(handrail):
    first, second = [parts(await handrail.good("bots", "new", "my-bot"))[0] for _ in range(2)]
    assert set(env_of(first).values()) & set(env_of(second).values()) == set()


@pytest.mark.parametrize("name", ["My-Bot", "", "x" * 41, "bot:", "1bot"])
async def test_a_name_that_is_none_is_refused(handrail, name):
    assert "small letters, digits and dashes" in (await handrail("bots", "new", name)).one_sentence()


async def test_a_name_that_is_taken_is_refused(handrail):
    assert (await handrail("bots", "new", "shop-bot")).one_sentence() == (
        "handrail.yaml has a bot called shop-bot already."
    )


@pytest.fixture
def told_at(handrail):
    """The site's bot is told at this address from now on."""

    def change(url):
        path = handrail.folder / "handrail.yaml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("http://127.0.0.1:8700/demo/callback", url), encoding="utf-8")
        handrail.env = {**handrail.env, "HANDRAIL_DEMO_CALLBACK_SECRET": SECRET}

    return change


async def test_a_bot_that_answers_is_told_so_and_has_a_signed_ping(handrail, told_at):
    async with bot_listening() as bot:
        told_at(bot.url)
        said = await handrail.good("bots", "test", "shop-bot")
        assert re.fullmatch(rf"shop-bot took the ping at {re.escape(bot.url)} in \d+ ms\.\n", said)
        (call,) = bot.calls
        assert call.trusted
        assert call.type == "endpoint.ping"


async def test_a_bot_that_refuses_the_signature_is_reported(handrail, told_at):
    async with bot_listening("whsec_" + "b3RoZXI" * 6 + "MDAw") as bot:
        told_at(bot.url)
        said = (await handrail("bots", "test", "shop-bot")).one_sentence()
        assert said == "shop-bot did not take the ping: the endpoint answered 401"
        assert len(bot.calls) == 1


async def test_a_bot_that_is_down_is_reported(handrail, told_at):
    async with bot_listening() as bot:
        told_at(bot.url)
    assert (await handrail("bots", "test", "shop-bot")).one_sentence().startswith("shop-bot did not take the ping: ")


async def test_a_bot_that_does_not_exist_is_one_sentence(handrail):
    said = await handrail("bots", "test", "shopbot")
    assert said.one_sentence() == "handrail.yaml has no bot called shopbot. It has: shop-bot."
