"""Who gets in, and that nobody else's page can act in a member's name."""

from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port

from bridge.console import add_console
from bridge.console.gate import Gate, local_path
from bridge.desk.desk import Desk
from bridge.rulebook.reload import Rules
from bridge.store import Store
from tests.console.conftest import Site
from tests.console.visitor import Visitor
from tests.given_time import GivenClock

SignIn = Callable[..., Awaitable[Visitor]]


async def test_another_members_token_is_as_good_as_none(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana, ben = await member("Ana"), await member("Ben")

    answer = await ana.post(f"/t/{ticket.number}/act", csrf=ben.csrf, verb="claim")

    assert answer.status == 403


async def test_looking_at_a_sign_in_link_leaves_it_good_and_its_button_uses_it_up(
    site: Site, stranger: Visitor
) -> None:
    token = await site.store.sessions.invite("Ana")

    first, second = await stranger.get(f"/sign-in/{token}"), await stranger.get(f"/sign-in/{token}")
    assert (first.status, second.status) == (200, 200)
    assert "Sign in as Ana" in first.words

    assert (await stranger.post(f"/sign-in/{token}")).status == 303
    assert (await stranger.get("/")).status == 200
    assert (await stranger.post(f"/sign-in/{token}")).status == 404


async def test_a_foreign_page_cannot_sign_a_victim_in(site: Site, stranger: Visitor) -> None:
    token = await site.store.sessions.invite("Ana")

    answer = await stranger.post(f"/sign-in/{token}", head={"Origin": "https://evil.example"})

    assert answer.status == 403
    assert await site.store.sessions.invited(token) is not None


@pytest.mark.parametrize("token", ["nope", "x" * 3000, "%00", "%F0%9F%98%80"])
async def test_a_link_that_was_never_given_says_so(stranger: Visitor, token: str) -> None:
    answer = await stranger.get(f"/sign-in/{token}")

    assert answer.status == 404
    assert "Set-Cookie" not in answer.headers


async def test_signing_in_never_takes_over_a_cookie_that_was_planted(site: Site, stranger: Visitor) -> None:
    stranger.session.cookie_jar.update_cookies({"handrail": "planted-by-somebody"})
    token = await site.store.sessions.invite("Ana")

    answer = await stranger.post(f"/sign-in/{token}")

    cookie = answer.headers["Set-Cookie"]
    assert "planted" not in cookie
    assert await site.store.sessions.get("planted-by-somebody") is None


async def test_signing_in_again_ends_the_session_before(site: Site, member: SignIn) -> None:
    ana = await member("Ana")
    before = next(cookie.value for cookie in ana.session.cookie_jar if cookie.key == "handrail")

    await ana.post(f"/sign-in/{await site.store.sessions.invite('Ana')}")

    assert await site.store.sessions.get(before) is None
    assert (await ana.get("/")).status == 200


async def test_signing_out_ends_the_session_and_its_open_streams(site: Site, member: SignIn) -> None:
    ana = await member("Ana")
    async with ana.stream() as stream:
        await stream.next()

        assert (await ana.post("/sign-out")).status == 200

        await stream.end()
    assert (await ana.get("/")).status == 401


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example", "///evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)",
        "/%09/evil.example", "/\t/evil", "\\\\evil", "/\n/evil", "evil", "", "/é", "/" + "x" * 600,
    ],
)  # fmt: skip
async def test_after_signing_in_nobody_is_led_elsewhere(site: Site, target: str) -> None:
    assert local_path(target.replace("%09", "\t")) == "/"


async def test_after_signing_in_one_is_where_one_wanted_to_be(site: Site, stranger: Visitor) -> None:
    token = await site.store.sessions.invite("Ana")

    answer = await stranger.post(f"/sign-in/{token}?next=/t/1042%3Fs=mine")

    assert answer.headers["Location"] == "/t/1042?s=mine"


async def test_on_this_machine_the_cookie_is_plain_but_kept_from_scripts(site: Site, stranger: Visitor) -> None:
    answer = await stranger.post(f"/sign-in/{await site.store.sessions.invite('Ana')}")

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("handrail=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


@pytest.mark.parametrize(
    ("public_url", "status"),
    [("https://help.acme.example", 200), ("http://help.acme.example", 403), ("http://10.0.0.7:8700", 403)],
)
async def test_beyond_this_machine_https_is_demanded(
    sqlite_store: Store, rules: Rules, clock: GivenClock, public_url: str, status: int
) -> None:
    port = unused_port()
    app = web.Application()
    desk = Desk(store=sqlite_store, rules=rules, clock=clock)
    add_console(app, desk=desk, store=sqlite_store, rules=rules, clock=clock, public_url=public_url)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        token = await sqlite_store.sessions.invite("Ana")
        async with aiohttp.ClientSession() as session:
            here = Visitor(session, f"http://127.0.0.1:{port}", headers={"Origin": public_url})
            assert (await here.get(f"/sign-in/{token}")).status == status
            entered = await here.post(f"/sign-in/{token}")
            if status == 200:
                cookie = entered.headers["Set-Cookie"]
                assert cookie.startswith("__Host-handrail=")
                assert "Secure" in cookie
                assert "Path=/" in cookie
                assert "Domain" not in cookie
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("public_url", "origin", "ours"),
    [
        ("https://h.example", "https://h.example", True),
        ("https://h.example", "https://h.example:443", True),
        ("https://h.example", "http://h.example", False),
        ("https://h.example", "https://h.example.evil", False),
        ("https://h.example", "https://h.example:8443", False),
        ("http://127.0.0.1:8700", "http://localhost:8700", True),
        ("http://localhost:8700", "http://[::1]:8700", True),
        ("http://127.0.0.1:8700", "http://127.0.0.1:8701", False),
        ("http://127.0.0.1:8700", "null", False),
        ("http://127.0.0.1:8700", "http://127.0.0.1:x", False),
        ("http://127.0.0.1:8700", "", False),
    ],
)
def test_an_origin_is_ours_only_to_the_letter(
    sqlite_store: Store, rules: Rules, public_url: str, origin: str, ours: bool
) -> None:
    assert Gate(sqlite_store, rules, public_url).is_our_origin(origin) is ours


async def test_a_forged_host_header_leaves_every_link_alone(site: Site, member: SignIn) -> None:
    ana = await member("Ana")

    answer = await ana.get("/", Host="evil.example")

    assert "evil.example" not in answer.text
    assert site.base in answer.text
