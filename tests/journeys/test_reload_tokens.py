"""A token is revoked and rotated while the daemon runs: one call finds out, intake goes on, the new one resumes."""

import aiohttp

from tests.journeys.platforms import slack_place
from tests.journeys.site import until
from tests.journeys.test_reload_console import Site

NEW = "xoxb-wire-rotated"


async def test_a_rotated_token_resumes_what_a_revoked_one_stopped(tmp_path):
    async with slack_place() as place, aiohttp.ClientSession() as http:
        server = place.far_side.server
        secret = tmp_path / "slack-token"
        secret.write_text(place.env["SLACK_BOT"], encoding="utf-8")
        platforms = place.platforms.replace("{env: SLACK_BOT}", "{file: slack-token}")
        site = Site(tmp_path, place.env, platforms=platforms, team=place.team, target=place.target)
        await site.daemon.start()
        try:
            await until(place.connected)
            server.revoked = True
            for number in range(2):
                await site.escalates(http, f"web-{number}")

            async def paused():
                return await site.daemon.store.lanes.stopped_platforms()

            await until(paused, why="nobody noticed that the token is revoked")
            assert place.threads() == []
            refused = len([call for call in server.calls if call.method.startswith("chat.")])

            server.revoked, server.bot_token = False, NEW
            # The watch finds it: nobody has to say that a secret was exchanged.
            secret.write_text(NEW, encoding="utf-8")
            await until(lambda: len(place.threads()) == 2, why="what waited did not leave with the new token")
            assert refused < 10
        finally:
            await site.daemon.stop()
            server.complaints.clear()
