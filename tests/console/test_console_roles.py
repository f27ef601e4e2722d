"""Every address of the console with every role, made from the table of routes; and every way a form can be foreign."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import pytest

from bridge.console.gate import Role
from bridge.console.routes import ACTS, PAGES, Act, Page
from tests.console.conftest import Site
from tests.console.visitor import Answer, Visitor

SignIn = Callable[..., Awaitable[Visitor]]

LOOKS = [page for page in PAGES if not page.path.endswith("/live")]
"""Without the streams, which do not end by themselves."""


def address(path: str, number: int) -> str:
    """A route's pattern as an address: the ticket's number where it wants one, its first choice elsewhere."""
    filled = path.replace("{number:[A-Za-z0-9_]{1,64}}", str(number))
    filled = re.sub(r"\{\w+:(\w+)\|[^}]*\}", r"\1", filled)
    return re.sub(r"\{\w+(:[^{}]*(\{[^}]*\})?[^}]*)?\}", "1", filled)


async def sent(who: Visitor, route: Page | Act, number: int, **head: str) -> Answer:
    path = address(route.path, number)
    if isinstance(route, Page):
        return await who.get(path, **head)
    return await who.post(path, head=head, verb="claim", text="x", mode="note", key="k" * 12)


async def test_who_is_signed_out_sees_and_does_nothing(site: Site, stranger: Visitor) -> None:
    ticket = await site.escalate("Secret matter", name="Secret name")
    for route in (*PAGES, *ACTS):
        answer = await sent(stranger, route, ticket.number)
        assert answer.status == 401, route.path
        assert "Secret" not in answer.text
    assert await site.ticket(ticket.number) == ticket


@pytest.mark.parametrize("role", [Role.MEMBER, Role.ADMIN])
async def test_a_role_may_what_the_table_says(site: Site, member: SignIn, role: Role) -> None:
    ticket = await site.escalate()
    ana = await member("Ana", admin=role is Role.ADMIN)
    for route in (*LOOKS, *ACTS):
        if route.path == "/sign-out":
            continue  # it would be the last one
        answer = await sent(ana, route, ticket.number)
        if route.role is Role.ADMIN and role is not Role.ADMIN:
            assert answer.status == 403, route.path
        else:
            assert answer.status not in {401, 403}, (route.path, answer.text)
            assert answer.status < 500, route.path
    assert (await sent(ana, next(each for each in ACTS if each.path == "/sign-out"), ticket.number)).status == 200


@pytest.mark.parametrize("token", ["", "wrong", "\N{LATIN SMALL LETTER E WITH ACUTE}", "x" * 5000])
async def test_a_form_without_this_sessions_token_does_nothing(site: Site, member: SignIn, token: str) -> None:
    ticket = await site.escalate()
    ana = await member("Ana", admin=True)
    ana.csrf = token
    for route in ACTS:
        assert (await sent(ana, route, ticket.number)).status == 403, route.path
    assert await site.ticket(ticket.number) == ticket
    assert (await ana.get("/")).status == 200


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "{base}.evil.example"},
    {"Origin": "https://evil.example#{base}"},
    {"Origin": "http://evil@{netloc}.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


@pytest.mark.parametrize("head", FOREIGN, ids=lambda head: " ".join(f"{k}={v}" for k, v in head.items()))
async def test_a_form_of_another_site_does_nothing_even_with_the_token(
    site: Site, member: SignIn, head: dict[str, str]
) -> None:
    ticket = await site.escalate()
    ana = await member("Ana", admin=True)
    filled = {name: value.format(base=site.base, netloc=urlsplit(site.base).netloc) for name, value in head.items()}
    for route in ACTS:
        assert (await sent(ana, route, ticket.number, **filled)).status == 403, route.path
    assert await site.ticket(ticket.number) == ticket


async def test_what_changes_something_is_never_reached_by_looking(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana = await member("Ana", admin=True)
    for route in ACTS:
        answer = await ana.get(f"{address(route.path, ticket.number)}?verb=claim&text=x&mode=note&csrf={ana.csrf}")
        assert answer.status in {404, 405}, route.path
    assert await site.ticket(ticket.number) == ticket


async def test_somebody_whose_access_was_taken_away_is_out_at_once(site: Site, member: SignIn) -> None:
    ana = await member("Ana", admin=True)
    assert await site.store.sessions.remove_member("Ana")
    assert (await ana.get("/")).status == 401


async def test_who_is_admin_no_longer_is_a_member_at_the_next_click(site: Site, member: SignIn) -> None:
    ana = await member("Ana", admin=True)
    await site.store.sessions.invite("Ana", admin=False)
    for route in (*LOOKS, *ACTS):
        if route.role is Role.ADMIN:
            assert (await sent(ana, route, 1)).status == 403


async def test_a_session_is_never_one_that_was_there_before_or_that_others_have(site: Site, member: SignIn) -> None:
    """Rotation: each sign-in has a cookie and a token of its own, and neither is the link's."""
    seen = set()
    for name in ("Ana", "Ben", "Ana"):
        visitor = await member(name)
        cookie = next(cookie.value for cookie in visitor.session.cookie_jar if cookie.key == "handrail")
        seen |= {cookie, visitor.csrf}
    assert len(seen) == 6
    assert min(map(len, seen)) >= 32


@pytest.mark.parametrize("cookie", ["", "x", "x" * 201, "../../x", "' OR 1=1 --", "%00", "é"])
async def test_no_made_up_cookie_is_a_session(site: Site, stranger: Visitor, cookie: str) -> None:
    answer = await stranger.get("/", Cookie=f"handrail={cookie}")
    assert answer.status == 401


async def test_guessing_links_is_slowed_down_and_a_good_link_still_works(site: Site, stranger: Visitor) -> None:
    good = await site.store.sessions.invite("Ana")
    statuses = [(await stranger.get(f"/sign-in/guess-{n}")).status for n in range(20)]
    statuses += [(await stranger.post(f"/sign-in/guess-{n}")).status for n in range(20)]
    assert statuses == [404] * 30 + [429] * 10
    refused = await stranger.get("/sign-in/guess", Accept="text/html")
    assert int(refused.headers["Retry-After"]) >= 1
    assert "wait a moment" in refused.words

    assert (await stranger.post(f"/sign-in/{good}")).status == 303
    site.clock.advance(seconds=5)
    assert (await stranger.get("/sign-in/guess")).status == 404


@pytest.mark.parametrize("path", ["/", "/sign-in/x", "/sign-out", "/static/0123456789ab/console.css"])
@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (("Content-Length: 99000000", "Expect: 100-continue"), b"413"),
        (("Content-Length: 5", "Expect: 200-ok"), b"417"),
    ],
)
async def test_a_huge_form_is_refused_before_it_is_asked_for(
    site: Site, path: str, lines: tuple[str, ...], status: bytes
) -> None:
    parts = urlsplit(site.base)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    method = "POST" if "sign" in path else "GET"
    head = [f"{method} {path} HTTP/1.1", "Host: x", *lines, "Connection: close", "", ""]
    writer.write("\r\n".join(head).encode())
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    assert answer.split(b" ", 2)[1] == status, answer
    assert b"100 Continue" not in answer
    writer.close()
    await writer.wait_closed()
