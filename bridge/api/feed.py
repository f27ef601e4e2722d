"""The callbacks as a poll: the same envelopes in the same order, for bots without a public address."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from aiohttp import web

from bridge.api import present
from bridge.api.call import Api, Call
from bridge.api.limits import PAGE_ROWS, WAIT_SECONDS
from bridge.api.problems import Problem
from bridge.api.query import Query
from bridge.api.strict_json import Json
from bridge.domain.envelope import envelope
from bridge.domain.events import FeedRead, ReplyTooOld
from bridge.domain.fanout.replies import too_old
from bridge.domain.refs import BotName
from bridge.domain.views import FilledRow
from bridge.store.commits import Commit


async def poll(call: Call) -> web.StreamResponse:
    """What happened after the cursor; with nothing there, the first thing that happens within `wait` seconds."""
    query = Query(call.request, {"after", "wait", "limit"})
    after = query.number("after", 0, 2**53, 0)
    wait = query.number("wait", 0, WAIT_SECONDS, 0)
    limit = query.number("limit", 1, PAGE_ROWS, PAGE_ROWS)
    query.finish()
    api, bot = call.api, call.caller.bot
    if after:
        await api.desk.handle(FeedRead(bot=bot, cursor=after, at=api.clock.now()))
    if wait == 0:
        return await _page(api, bot, await _rows(api, bot, after, limit), after)
    if api.polls[bot] >= api.limits.polls_per_bot:
        raise Problem("overloaded", "Too many polls of this bot are waiting.", retry_after=timedelta(seconds=1))
    api.polls[bot] += 1
    try:
        return await _page(api, bot, await _news(api, bot, after, limit, wait), after)
    finally:
        api.polls[bot] -= 1


async def _news(api: Api, bot: BotName, after: int, limit: int, wait: int) -> list[FilledRow]:
    """Subscribe first, then look: a commit between the two is not missed."""
    async with api.store.commits.subscribe() as commits:
        if rows := await _rows(api, bot, after, limit):
            return rows
        waiting: set[asyncio.Task[Any]] = {
            asyncio.create_task(api.clock.sleep(wait)),
            asyncio.create_task(api.draining.wait()),
        }
        try:
            while True:
                news = asyncio.create_task(_next(commits))
                waiting.add(news)
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                rows = await _rows(api, bot, after, limit)
                if rows or done != {news}:
                    return rows
        finally:
            await _let_go(waiting)


async def _rows(api: Api, bot: BotName, after: int, limit: int) -> list[FilledRow]:
    """What follows the cursor; a reply that is too old by now waits for its writer instead of being given."""
    rows = await api.store.feed.after(bot, after, limit)
    now = api.clock.now()
    aged = [filled.row for filled in rows if too_old(filled, now)]
    for row in aged:
        if row.message is not None:
            await api.desk.handle(ReplyTooOld(bot=bot, ticket=row.ticket.id, message=row.message, at=now))
    if aged:
        rows = await api.store.feed.after(bot, after, limit)
    while not await api.store.feed.hand_over(rows):
        rows = await api.store.feed.after(bot, after, limit)
    return rows


async def _next(commits: AsyncIterator[Commit]) -> Commit:
    return await anext(commits)


async def _let_go(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _page(api: Api, bot: BotName, rows: list[FilledRow], after: int) -> web.Response:
    messages = [filled.message for filled in rows if filled.message is not None]
    links = await api.store.files.links(messages, api.public_url, api.clock.now())
    events: list[Json] = [
        {"cursor": str(filled.row.cursor), "id": filled.row.id, **envelope(filled, links, api.permalink)}
        for filled in rows
    ]
    gap = 0 < after < await api.store.feed.forgotten(bot)
    return present.answer({"events": events, "next": str(rows[-1].row.cursor if rows else after), "gap": gap})
