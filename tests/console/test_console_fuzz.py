"""The rule of all bad input, in the console: whatever is sent, never an answer of the 5xx kind."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote, urlencode

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import unused_port
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bridge.console import add_console
from bridge.console.routes import ACTS, PAGES
from bridge.desk.desk import Desk
from bridge.domain.events import Verb
from bridge.rulebook.load import load
from bridge.rulebook.reload import Rules
from bridge.store import Store
from tests.console.conftest import FILE, Site
from tests.console.test_console_roles import address
from tests.console.visitor import Visitor
from tests.given_time import GivenClock

pytestmark = pytest.mark.asyncio(loop_scope="module")

FEW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
MOMENTS = st.sampled_from(
    [
        "0001-01-01T00:00", "9999-12-31T23:59", "0001-01-01T00:00+14:00", "9999-12-31T23:59:59.999999-14:00", "soon",
        "2026-13-01T00:00", "2026-03-29T02:30", "-1", "20261122T090000", "2026-W47-7", "\N{ARABIC-INDIC DIGIT THREE}",
    ]
)  # fmt: skip
ZONES = st.sampled_from(
    ["Pacific/Kiritimati", "Etc/GMT+12", "UTC", "../etc/passwd", "/etc/localtime", "", "Europe", "\0"]
)
NAMES = ["verb", "text", "mode", "key", "card", "epoch", "message", "to", "outcome", "route", "note", "until", "rest",
         "at", "zone", "f.outcome", "f.note", "f.to", "f.until", "f.route", "csrf", "file", "attachments"]  # fmt: skip
VALUES = (
    TEXT
    | st.sampled_from([verb.value for verb in Verb])
    | st.sampled_from(
        ["at", "1h", "tomorrow", "reply", "note", "claim_and_reply", "support", "msg_x", "\0", "9" * 400, "1e9"]
    )
    | MOMENTS
    | ZONES
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ana(
    tmp_path_factory: pytest.TempPathFactory, migrated_file: Path
) -> AsyncIterator[tuple[Site, Visitor, int]]:
    """An admin who is signed in, and a ticket."""
    folder, clock = tmp_path_factory.mktemp("fuzzed"), GivenClock()
    (folder / "handrail.yaml").write_text(FILE, encoding="utf-8")
    shutil.copy(migrated_file, folder / "handrail.db")
    store = await Store.open(f"sqlite://{folder / 'handrail.db'}", clock=clock)
    await store.start()
    rules, port = Rules(load(folder / "handrail.yaml", {})), unused_port()
    desk, base, app = Desk(store=store, rules=rules, clock=clock), f"http://127.0.0.1:{port}", web.Application()
    house = add_console(app, desk=desk, store=store, rules=rules, clock=clock, public_url=base)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    site = Site(house, desk, store, clock, base, runner)
    ticket = await site.escalate()
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        visitor = Visitor(session, base)
        await visitor.post(f"/sign-in/{await store.sessions.invite('Ana', admin=True)}")
        await visitor.get("/")
        yield site, visitor, ticket.number
    await runner.cleanup()
    await store.close()


@FEW
@given(
    st.sampled_from([page.path for page in PAGES if not page.path.endswith("/live")]),
    st.dictionaries(
        st.sampled_from(["q", "s", "after", "page", "t", "next", "from", "to", "days", "route"]) | TEXT,
        VALUES,
        max_size=4,
    ),
)
async def test_any_query_of_any_page(ana: tuple[Site, Visitor, int], path: str, query: dict[str, str]) -> None:
    _, visitor, number = ana
    answer = await visitor.get(f"{address(path, number)}?{urlencode(query)}")
    assert answer.status < 500, (path, query)


@FEW
@given(TEXT)
async def test_any_address(ana: tuple[Site, Visitor, int], text: str) -> None:
    _, visitor, _ = ana
    for path in ("/", "/t/", "/static/0123456789ab/", "/sign-in/", "/t/1/", "/files/", "/measures/"):
        answer = await visitor.get(path + quote(text, safe=""))
        assert answer.status < 500, path


@settings(FEW, max_examples=100)
@given(
    st.sampled_from([act.path for act in ACTS if act.path != "/sign-out"]),
    st.dictionaries(st.sampled_from(NAMES) | TEXT, VALUES, max_size=6),
)
@example(
    "/t/{number:[A-Za-z0-9_]{1,64}}/act",
    {"verb": "snooze", "rest": "at", "at": "0001-01-01T00:00", "zone": "Pacific/Kiritimati"},
)
@example(
    "/t/{number:[A-Za-z0-9_]{1,64}}/act",
    {"verb": "snooze", "rest": "at", "at": "9999-12-31T23:59", "zone": "Etc/GMT+12"},
)
@example("/t/{number:[A-Za-z0-9_]{1,64}}/act", {"verb": "snooze", "until": "9999-12-31T23:59"})
@example("/t/{number:[A-Za-z0-9_]{1,64}}/fill", {"verb": "snooze", "f.until": "0001-01-01T00:00+14:00"})
async def test_any_form_of_any_act(ana: tuple[Site, Visitor, int], path: str, form: dict[str, str]) -> None:
    _, visitor, number = ana
    fields = {name: value for name, value in form.items() if name != "csrf"}
    for headers in ({}, {"HX-Request": "false"}):
        data = urlencode({**fields, "csrf": visitor.csrf}).encode()
        head = {
            "Origin": visitor.base,
            "HX-Request": "true",
            "Content-Type": "application/x-www-form-urlencoded",
            **headers,
        }
        async with visitor.session.post(
            visitor.base + address(path, number), data=data, headers=head, allow_redirects=False
        ) as got:
            assert got.status < 500, (path, fields)


@FEW
@given(
    st.dictionaries(
        st.sampled_from(["HX-Current-URL", "X-Page", "HX-Target", "Accept", "Last-Event-ID", "Cookie"]),
        st.text(st.characters(codec="latin-1", min_codepoint=32, exclude_categories=["Cc"]), max_size=40),
        max_size=4,
    )
)
async def test_any_header_of_an_act(ana: tuple[Site, Visitor, int], headers: dict[str, str]) -> None:
    _, visitor, number = ana
    head = {"Origin": visitor.base, "HX-Request": "true", "X-CSRF-Token": visitor.csrf, **headers}
    url = f"{visitor.base}/t/{number}/act"
    async with visitor.session.post(url, data={"verb": "claim"}, headers=head, allow_redirects=False) as got:
        assert got.status < 500, headers
