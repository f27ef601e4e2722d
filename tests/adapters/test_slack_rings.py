"""Who is called in Slack, and where it can be heard."""

from bridge.domain.paint import Speaker
from tests.adapters.far_side import speech
from tests.adapters.slack_shore import slack_shore
from tests.wire.slack.server import SlackServer

CALL = {"speaker": Speaker.HANDRAIL, "mention": ("team:S0SUPPORT",), "or_mention": ("U0ANA", "U0BEN")}


def free(server: SlackServer) -> None:
    server.answer_next("usergroups.users.list", error="plan_upgrade_required")


async def test_a_group_is_called_by_its_own_mention(clock):
    async with slack_shore(clock) as shore:
        await shore.platform.post(await shore.opened_thread(), speech("Nobody has it.", **CALL), key="k1")
        assert shore.far_side.pinged() == {"team:S0SUPPORT"}


async def test_where_the_plan_has_no_groups_the_members_are_called_one_by_one(clock):
    async with slack_shore(clock, before=free) as shore:
        await shore.platform.post(await shore.opened_thread(), speech("Nobody has it.", **CALL), key="k1")
        assert shore.far_side.pinged() == {"U0ANA", "U0BEN"}


async def test_what_is_said_aloud_stands_in_the_thread_and_in_the_channel_as_one_message(clock):
    async with slack_shore(clock) as shore:
        thread = await shore.opened_thread()
        posted = await shore.platform.post(
            thread, speech("Mara is back.", speaker=Speaker.HANDRAIL, aloud=True), key="k1"
        )

        [reply] = shore.far_side.channel.replies(thread.root)
        assert (reply["ts"], reply["subtype"]) == (posted.message, "thread_broadcast")
        assert await shore.platform.find(thread, key="k1", since=clock.now()) == posted


async def test_in_the_channel_itself_everything_is_aloud(clock):
    async with slack_shore(clock) as shore:
        said = speech("aloud", speaker=Speaker.HANDRAIL, aloud=True)
        await shore.platform.post(shore.far_side.lane, said, key="k1")
        assert len(shore.far_side.in_channel()) == 1
