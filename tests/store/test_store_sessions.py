"""Signing in: links that work once, sessions that end."""

import asyncio

from bridge.store import Store
from tests.given_time import GivenClock


async def test_a_link_can_be_looked_at_often_and_used_once(store: Store, clock: GivenClock):
    token = await store.sessions.invite("ana", admin=True)
    for _ in range(2):
        member = await store.sessions.invited(token)
        assert (member.name, member.admin, member.invited_at) == ("ana", True, clock.now())

    name, session = await store.sessions.sign_in(token)

    assert (session.member, session.admin) == ("ana", True)
    assert await store.sessions.get(name) == session
    assert await store.sessions.invited(token) is None
    assert await store.sessions.sign_in(token) is None


async def test_two_people_with_one_link_get_one_session(store: Store):
    token = await store.sessions.invite("ana")

    signed_in = await asyncio.gather(*(store.sessions.sign_in(token) for _ in range(5)))

    assert sum(one is not None for one in signed_in) == 1


async def test_a_link_ends_after_a_day_and_with_the_next_one(store: Store, clock: GivenClock):
    old = await store.sessions.invite("ana")
    new = await store.sessions.invite("ana")
    assert await store.sessions.invited(old) is None
    clock.advance(hours=24)

    assert await store.sessions.invited(new) is None
    assert await store.sessions.sign_in(new) is None


async def test_no_token_stands_in_the_database(store: Store):
    token = await store.sessions.invite("ana")
    name, session = await store.sessions.sign_in(token)

    assert await store.sessions.get("x" + name) is None
    assert name != token
    assert await store.sessions.get(session.csrf) is None


async def test_a_session_ends_when_idle_and_lives_while_it_is_used(store: Store, clock: GivenClock):
    name, _ = await store.sessions.sign_in(await store.sessions.invite("ana"))
    for _ in range(3):
        clock.advance(hours=11)
        assert await store.sessions.get(name) is not None
    clock.advance(hours=12)

    assert await store.sessions.get(name) is None


async def test_a_session_ends_after_a_week_however_much_it_is_used(store: Store, clock: GivenClock):
    name, _ = await store.sessions.sign_in(await store.sessions.invite("ana"))
    for _ in range(16):
        clock.advance(hours=10)
        assert await store.sessions.get(name) is not None
    clock.advance(hours=8)

    assert await store.sessions.get(name) is None


async def test_signing_out_ends_one_session_and_removal_all(store: Store):
    first, _ = await store.sessions.sign_in(await store.sessions.invite("ana"))
    second, _ = await store.sessions.sign_in(await store.sessions.invite("ana"))
    link = await store.sessions.invite("ana")

    await store.sessions.drop(first)
    assert await store.sessions.get(first) is None
    assert await store.sessions.get(second) is not None

    assert await store.sessions.remove_member("ana")
    assert not await store.sessions.remove_member("ana")
    assert await store.sessions.get(second) is None
    assert await store.sessions.invited(link) is None


async def test_what_a_member_may_is_asked_each_time(store: Store):
    name, session = await store.sessions.sign_in(await store.sessions.invite("ana", admin=True))
    await store.sessions.invite("ana", admin=False)

    assert session.admin
    assert not (await store.sessions.get(name)).admin


async def test_members_are_listed_with_when_they_were_seen(store: Store, clock: GivenClock):
    await store.sessions.invite("ben")
    name, _ = await store.sessions.sign_in(await store.sessions.invite("ana"))
    clock.advance(minutes=5)
    await store.sessions.get(name)

    ana, ben = await store.sessions.members()

    assert (ana.name, ana.last_seen_at, ben.name, ben.last_seen_at) == ("ana", clock.now(), "ben", None)
