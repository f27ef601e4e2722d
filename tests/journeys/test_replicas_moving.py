"""A site in the middle of things moves to PostgreSQL, and its daemon goes on there: nothing lost, nothing doubled."""

import pytest

from tests.journeys.crash_sides import SlackSide
from tests.journeys.crash_story import Sums, Teller
from tests.journeys.platforms import slack_place
from tests.journeys.site import running_site, until

pytestmark = pytest.mark.postgres


async def test_a_site_is_moved_with_what_is_on_its_way(postgres, tmp_path, monkeypatch):
    """Slack is away when the daemon stops: an open thread, words and a new root wait in the outbox, timers run."""
    url = await postgres.create_empty()
    async with slack_place() as place:
        for name, value in place.env.items():
            monkeypatch.setenv(name, value)
        side = SlackSide(place.far_side)
        async with running_site(tmp_path, platforms=place.platforms, team=place.team, target=place.target) as site:
            await side.ready()
            teller = Teller(site, side)
            try:
                teller.begin()
                await until(lambda: side.roots("Story 001") == 1, 20, why="its thread is open")
                place.far_side.server.away = True
                teller.begin()
                waiting = await site.escalates("waits", title="Story 007 waits", transcript=[])
                assert await site.stop() == 0

                said = await site.handrail("store", "copy", "--to", url)
                assert "every table is the same in both" in said
                config = tmp_path / "handrail.yaml"
                config.write_text(config.read_text().replace("sqlite://data/handrail.db", url))
                place.far_side.server.away = False
                await site.start()
                await side.ready()
                await teller.end(60)
                await until(lambda: side.roots("Story 007") == 1, 20, why="what waited is there")
                sums = Sums(points=1, runs=1)
                await teller.compare(url, sums)
            finally:
                await teller.let_go()
            assert sums.faults == []
            again = await site.escalates("later", title="Story 008 later", transcript=[])
            assert (waiting["number"] in (1002, 1003), again["number"]) == (True, 1004)
            assert await site.stop() == 0
    await postgres.drop(url)
