"""Files by address: fetched through a real socket from a real server, judged at every step of the way."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from bridge.desk.desk import Desk
from bridge.domain.addresses import Reach
from bridge.domain.events import Escalated, UserFacts, UserWrote
from bridge.domain.files import FILE_BYTES, FileState
from bridge.domain.refs import BotName
from bridge.domain.words import Attachment
from bridge.jobs.fetching import FetchFiles
from bridge.ports.outward import Outward
from bridge.rulebook import Rules, load
from tests.file_samples import PDF, PNG
from tests.jobs.conftest import RULES

SHOP = BotName("shop-bot")
CDN = "cdn.shop.example"
LISTED = RULES.replace("shop-bot: {", f"shop-bot: {{file_hosts: [{CDN}, 127.0.0.1, other.example], ")


class Names(AbstractResolver):
    """Every name leads to this machine, or where the test says."""

    def __init__(self, where: str = "127.0.0.1") -> None:
        self.where = where
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        kind = socket.AF_INET6 if ":" in self.where else socket.AF_INET
        return [ResolveResult(hostname=host, host=self.where, port=port, family=kind, proto=0, flags=0)]

    async def close(self) -> None:
        pass


@dataclass
class Cdn:
    """A file server that does what its test wants."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    status: int = 200
    broken: int = 0

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        match request.path.split("/"):
            case ["", "to", *_]:
                return web.Response(status=302, headers={"Location": request.query["url"]})
            case ["", "round"]:
                return web.Response(status=307, headers={"Location": "/round"})
            case ["", "large"]:
                return await self._large(request)
            case ["", "page"]:
                return web.Response(text="<script>alert(1)</script>", content_type="application/pdf")
            case ["", "breaks"]:
                return await self._breaks(request)
        if self.broken > 0:
            self.broken -= 1
            return web.Response(status=503)
        return web.Response(status=self.status, body=PNG if request.path.endswith("png") else PDF)

    async def _large(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        for _ in range(FILE_BYTES // 1_000_000 + 2):
            await answer.write(b"a" * 1_000_000)
        return answer

    async def _breaks(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "5000"})
        await answer.prepare(request)
        await answer.write(PDF)
        if request.transport is not None:
            request.transport.close()
        return answer

    def at(self, path: str, host: str = CDN) -> str:
        return f"http://{host}:{self.port}{path}"


@asynccontextmanager
async def cdn_listening() -> AsyncIterator[Cdn]:
    cdn = Cdn()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", cdn.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    cdn.port = runner.addresses[0][1]
    try:
        yield cdn
    finally:
        await runner.cleanup()


@pytest.fixture
async def cdn() -> AsyncIterator[Cdn]:
    async with cdn_listening() as one:
        yield one


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / "handrail.yaml"
    path.write_text(LISTED)
    return Rules(load(path, {"BOT": "xoxb-1", "APP": "xapp-1"}))


@dataclass
class Site:
    store: object
    desk: Desk
    fetch: FetchFiles
    clock: object
    names: Names

    async def says(self, *urls: str) -> str:
        """A message with these files; its ticket."""
        user = UserFacts(external_id="u1", name="Mara")
        common = {"bot": SHOP, "key": None, "fingerprint": "", "at": self.clock.now()}
        ticket = (await self.desk.handle(Escalated(**common, conversation="c", user=user))).ticket.id
        sent = tuple(Attachment(name=url.rpartition("/")[2][:20] or "file", url=url) for url in urls)
        await self.desk.handle(UserWrote(**common, ticket=ticket, text="see", attachments=sent))
        return ticket

    async def shown(self, ticket: str) -> list[Attachment]:
        return [each for message in await self.store.messages.of(ticket) for each in message.attachments]

    async def after_a_turn(self, ticket: str, *, seconds: float = 0) -> list[Attachment]:
        self.clock.advance(seconds=seconds)
        await self.fetch(self.clock.now())
        return await self.shown(ticket)


@pytest.fixture
def site(sqlite_store, desk, rules, clock, cdn):
    names = Names()
    out = Outward(least=Reach.INNER, ports=frozenset({cdn.port}), resolver=names)
    return Site(sqlite_store, desk, FetchFiles(sqlite_store, rules, out), clock, names)


async def test_a_file_is_fetched_once_and_shown_where_it_is_named(site, cdn):
    ticket = await site.says(cdn.at("/a/receipt"), cdn.at("/photo.png"))
    assert [(each.size, each.trouble) for each in await site.shown(ticket)] == [(None, None), (None, None)]

    async with site.store.commits.subscribe() as commits:
        receipt, photo = await site.after_a_turn(ticket)
        assert ticket in (await anext(aiter(commits))).tickets
    assert (receipt.name, receipt.content_type, receipt.size) == ("receipt.pdf", "application/pdf", len(PDF))
    assert (photo.name, photo.content_type) == ("photo.png", "image/png")
    kept = await site.store.files.get(receipt.file_id)
    assert (kept.state, kept.ticket, kept.url) == (FileState.KEPT, ticket, cdn.at("/a/receipt"))
    assert b"".join([piece async for piece in await site.store.files.pieces(kept)]) == PDF

    await site.after_a_turn(ticket, seconds=600)
    assert sorted(cdn.asked) == ["/a/receipt", "/photo.png"]


async def test_a_redirect_is_followed_if_it_would_be_fetched_itself(site, cdn):
    ticket = await site.says(cdn.at(f"/to/1?url={cdn.at('/x.pdf', 'other.example')}"), cdn.at("/to/2?url=/y.pdf"))
    assert [each.size for each in await site.after_a_turn(ticket)] == [len(PDF), len(PDF)]


@pytest.mark.parametrize(
    "leads_to",
    [
        "http://evil.example/x",
        "http://localhost/x",
        "http://169.254.169.254/latest/meta-data",
        "http://[::ffff:169.254.169.254]/",
        "http://2852039166/",
        "file:///etc/passwd",
        "ftp://cdn.shop.example/x",
        "http://user@cdn.shop.example/x",
        "http://cdn.shop.example:22/x",
        "//evil.example/x",
        "javascript:alert(1)",
        "http://cdn.shop.example\\@127.0.0.1/",
    ],
)
async def test_a_redirect_to_where_nothing_would_be_fetched_ends_there(site, cdn, leads_to):
    ticket = await site.says(cdn.at(f"/to/it.pdf?url={leads_to.replace(chr(92), '%5C')}"))
    (shown,) = await site.after_a_turn(ticket)
    assert shown.trouble is not None
    assert shown.size is None
    assert len(cdn.asked) == 1
    assert set(site.names.asked) == {CDN}


async def test_an_endless_way_is_left_after_three_steps(site, cdn):
    (shown,) = await site.after_a_turn(await site.says(cdn.at("/round")))
    assert shown.trouble == "Its address leads on more than 3 times."
    assert len(cdn.asked) == 4


@pytest.mark.parametrize(
    "inside",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
     "fec0::1", "fe80::1", "0.0.0.0", "224.0.0.1", "100.64.0.1", "fd00::1"],
)  # fmt: skip
async def test_a_listed_name_that_resolves_inside_is_stopped_at_the_socket(site, cdn, rules, inside):
    public = Outward(ports=frozenset({cdn.port}), resolver=Names(inside))
    ticket = await site.says(cdn.at("/a.pdf"))
    await FetchFiles(site.store, rules, public)(site.clock.now())
    (shown,) = await site.shown(ticket)
    assert shown.trouble == "The address is not a public one."
    assert cdn.asked == []


async def test_what_every_site_fetches_with_knows_no_inner_host_and_no_other_port(site, cdn, rules):
    fetch = FetchFiles(site.store, rules)
    ticket = await site.says(cdn.at("/a.pdf", "127.0.0.1"), "http://127.0.0.1/a.pdf", cdn.at("/b.pdf"))
    await fetch(site.clock.now())
    assert [each.trouble for each in await site.shown(ticket)] == [
        "Only ports 80 and 443 are allowed.",
        "The address is not a public one.",
        "Only ports 80 and 443 are allowed.",
    ]
    assert cdn.asked == []


async def test_a_host_that_was_taken_off_the_list_is_not_asked_any_more(site, cdn, tmp_path):
    ticket = await site.says(f"http://{CDN}/a.pdf")
    path = tmp_path / "later.yaml"
    path.write_text(RULES)
    later = Rules(load(path, {"BOT": "xoxb-1", "APP": "xapp-1"}))
    await FetchFiles(site.store, later)(site.clock.now())
    assert "file_hosts" in (await site.shown(ticket))[0].trouble
    assert cdn.asked == []


async def test_what_fails_in_passing_is_tried_three_times_with_longer_pauses(site, cdn):
    cdn.broken = 2
    ticket = await site.says(cdn.at("/a.pdf"))
    assert (await site.after_a_turn(ticket))[0].size is None
    await site.after_a_turn(ticket, seconds=9)
    assert len(cdn.asked) == 1
    await site.after_a_turn(ticket, seconds=2)
    assert len(cdn.asked) == 2
    assert (await site.after_a_turn(ticket, seconds=59))[0].size is None
    assert (await site.after_a_turn(ticket, seconds=2))[0].size == len(PDF)


async def test_after_the_third_try_the_message_says_what_was_wrong(site, cdn):
    cdn.broken = 99
    ticket = await site.says(cdn.at("/a.pdf"))
    for _ in range(5):
        (shown,) = await site.after_a_turn(ticket, seconds=120)
    assert shown.trouble == "The server answered 503."
    assert len(cdn.asked) == 3
    assert (await site.store.files.get(shown.file_id)).state is FileState.FAILED


@pytest.mark.parametrize(
    ("path", "says"),
    [("/large", "It is larger than 25 MB"), ("/page", "This kind of file is not taken"), ("/gone", "answered 404")],
)
async def test_what_can_never_work_is_not_tried_again_and_leaves_nothing(site, cdn, tmp_path, path, says):
    cdn.status = 404
    ticket = await site.says(cdn.at(path))
    (shown,) = await site.after_a_turn(ticket)
    assert says in shown.trouble
    await site.after_a_turn(ticket, seconds=600)
    assert len(cdn.asked) == 1
    assert list(tmp_path.glob("files/*")) == []


async def test_a_server_that_hangs_up_halfway_leaves_no_half_file(site, cdn, tmp_path):
    ticket = await site.says(cdn.at("/breaks"))
    (shown,) = await site.after_a_turn(ticket)
    assert (shown.size, shown.trouble) == (None, None)
    assert list(tmp_path.glob("files/*")) == []
    assert await site.store.files.take_wanted(site.clock.now() + timedelta(seconds=11), 8) != []


async def test_one_bad_address_does_not_keep_the_others(site, cdn):
    ticket = await site.says(cdn.at("/page"), cdn.at("/a.pdf"), "http://evil.example/x")
    assert [each.size for each in await site.after_a_turn(ticket)] == [None, len(PDF), None]
