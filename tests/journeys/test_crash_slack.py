"""Slack, where three of ten posts are applied and their answers lost, and the daemon dies at every point besides.

Threads per ticket exactly one, words exactly once and in order, replies to the bot under one webhook-id each. In the
suite a sample; `make crash` (HANDRAIL_EVERY_CRASH=1) walks every point at several passes on both databases.
"""

import pytest

from tests.journeys.test_crash_journeys import EVERY, EVERYWHERE, IN_CHATS, every_pass, judge, one_pass, tell_through

SAMPLE = one_pass(["root.after_call", "chat.before_ack", "words.after_call"])


async def test_lost_answers_and_deaths_together_lose_and_double_nothing(tmp_path):
    judge(await tell_through("lossy slack", tmp_path, "sqlite://data/handrail.db", SAMPLE), "lossy slack")


if EVERY:
    EVERY_POINT = every_pass([*IN_CHATS, *EVERYWHERE])
    AT_ONCE = 12
    """Deaths of one site: its stories go on through all of them."""

    @pytest.mark.parametrize("first", range(0, len(EVERY_POINT), AT_ONCE))
    @pytest.mark.parametrize("database", ["sqlite", "postgres"])
    async def test_every_point_while_answers_are_lost(database, first, postgres, tmp_path):
        store = await postgres.create() if database == "postgres" else "sqlite://data/handrail.db"
        points = EVERY_POINT[first : first + AT_ONCE]
        judge(await tell_through("lossy slack", tmp_path, store, points), f"lossy slack, {database}, {points}")
