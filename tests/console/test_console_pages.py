"""What the pages show, and that words of strangers stay words."""

import re
from collections.abc import Awaitable, Callable

import pytest

from bridge.console.routes import PAGES
from bridge.domain.events import UserFacts
from bridge.domain.ticket import Priority
from bridge.domain.words import Link
from tests.console.conftest import Site
from tests.console.markup import Markup
from tests.console.visitor import Visitor

SignIn = Callable[..., Awaitable[Visitor]]

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus=alert(1) x='",
    "{{7*7}}{% raw %}",
    "[x](javascript:alert(1)) <javascript:alert(1)> ![i](https://evil.example/pixel)",
    "</textarea></title><svg/onload=alert(1)>",
    "<a href=\"data:text/html,x\">y</a><iframe srcdoc='<b>'>",
]


async def attacked(site: Site, payload: str) -> int:
    """A ticket whose every field of a stranger holds the payload."""
    ticket = await site.escalate(
        payload, user=UserFacts(external_id="u", name=payload, locale=payload, timezone=payload, email=payload),
        description=payload, summary=payload, reason_code=payload, reason_text=payload, channel=payload,
        language=payload, tags=(payload,), attributes={payload: payload}, said=(payload,),
        links=(Link(title=payload, url="javascript:alert(1)"), Link(title="x", url="https://ok.example/" + payload)),
    )  # fmt: skip
    await site.user_says(ticket, payload)
    return ticket.number


@pytest.mark.parametrize("payload", PAYLOADS)
async def test_nothing_a_stranger_writes_becomes_markup(site: Site, member: SignIn, payload: str) -> None:
    number = await attacked(site, payload)
    ana = await member("Ana")
    await ana.say(number, payload)
    await ana.act(number, "claim")
    await ana.say(number, payload, "reply")

    for path in ("/", f"/t/{number}", f"/t/{number}/log", f"/?q={number}", "/?s=mine"):
        answer = await ana.get(path)
        assert answer.status == 200, path
        assert Markup(answer.text).complaints == [], path
    async with ana.stream(f"/live?t={number}") as stream:
        assert Markup(await stream.next()).complaints == []


@pytest.mark.parametrize("payload", PAYLOADS)
async def test_a_members_own_name_and_a_search_are_words_too(site: Site, member: SignIn, payload: str) -> None:
    name = payload[:60]
    token = await site.store.sessions.invite(name)
    ana = await member(name)
    await site.escalate()

    pages = [
        await ana.get("/"),
        await ana.get(f"/sign-in/{token}"),
        await ana.get("/?q=%3Cscript%3Ealert(1)%3C/script%3E"),
    ]

    for page in pages:
        assert Markup(page.text).complaints == []


async def test_every_page_forbids_what_it_does_not_need(site: Site, member: SignIn, stranger: Visitor) -> None:
    ticket = await site.escalate()
    ana = await member("Ana")
    paths = ["/", f"/t/{ticket.number}", f"/t/{ticket.number}/log", f"/t/{ticket.number}/transcript.md", "/t/99999",
             "/operations", "/audit", "/measures", f"/t/{ticket.number}/erase"]  # fmt: skip
    assert len(paths) >= len([page for page in PAGES if not re.search(r"/live$|/files/", page.path)])

    for answer in [await ana.get(path, Accept="text/html") for path in paths] + [await stranger.get("/")]:
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


async def test_the_longest_waiting_stands_first(site: Site, member: SignIn) -> None:
    for name in ("First", "Second", "Third"):
        await site.escalate(f"{name} matter")
        site.clock.advance(minutes=1)
    ana = await member("Ana")

    words = (await ana.get("/")).words

    assert words.index("First matter") < words.index("Second matter") < words.index("Third matter")
    assert "Unassigned 3" in words


async def test_claimed_and_closed_tickets_stand_in_their_own_lists(site: Site, member: SignIn) -> None:
    mine, closed = await site.escalate("Mine now"), await site.escalate("Over now")
    ana = await member("Ana")
    await ana.act(mine.number, "claim")
    await ana.act(closed.number, "close")

    assert "Mine now" in (await ana.get("/?s=mine")).words
    assert "Over now" in (await ana.get("/?s=closed")).words
    assert "Mine now" not in (await ana.get("/")).words
    assert "Over now" not in (await ana.get("/?s=open")).words


async def test_a_reminder_stands_above_the_list_and_on_its_ticket(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    await site.pass_time(minutes=4)
    ana = await member("Ana")

    page = await ana.get("/")

    assert f"1 has waited long enough for a reminder. Oldest: #{ticket.number}" in page.words
    assert "reminded 1" in page.words
    assert "Reminder to the team" in (await ana.get(f"/t/{ticket.number}")).words


async def test_a_ticket_says_what_one_needs_to_answer(site: Site, member: SignIn) -> None:
    user = UserFacts(external_id="u-7", name="Mara", locale="fr-FR", timezone="Europe/Paris", verified=True)
    ticket = await site.escalate(
        "Refund not received", user=user, summary="Order 4411 came back.", reason_text="Asked for a person",
        attributes={"plan": "pro", "vip": True}, tags=("refund",), links=(Link(title="Order", url="https://shop.example/4411"),),
        priority=Priority.HIGH, language="fr",
    )  # fmt: skip
    await site.user_says(ticket, "and the **refund**?")
    ana = await member("Ana")

    page = await ana.get(f"/t/{ticket.number}")

    for words in (
        "Nobody has it", "Refund not received", "verified · French · 11:00 there", "Asked for a person",
        "Order 4411 came back.", "plan pro", "vip yes", "Order ↗", "french · team support", "language starts with fr",
        "1 turn with the bot", "High", "Claim and reply", "Note, team only",
    ):  # fmt: skip
        assert words in page.words, words
    assert "<strong>refund</strong>" in page.text


async def test_what_stood_before_is_one_click_away(site: Site, member: SignIn) -> None:
    user = UserFacts(external_id="u-7", name="Mara")
    first = await site.escalate("The lid broke", user=user)
    ana = await member("Ana")
    await ana.act(first.number, "claim")
    await ana.act(first.number, "close")
    second = await site.escalate("Refund", user=user)

    page = await ana.get(f"/t/{second.number}")

    assert f"#{first.number} The lid broke Resolved, Ana" in page.words


async def test_control_characters_are_seen_and_overrides_turn_nothing_round(site: Site, member: SignIn) -> None:
    ticket = await site.escalate("Title \x1b[31m \u202egpj.exe", name="Ma\u202era\x07")
    await site.user_says(ticket, "bell \x07 and \u202ereversed")
    ana = await member("Ana")

    page = await ana.get(f"/t/{ticket.number}")

    assert not set("\x07\x1b\u202e") & set(page.text)
    assert "bell ␇ and ⟦202E⟧reversed" in page.words
    assert "Title ␛[31m gpj.exe" in page.words


async def test_a_name_of_mixed_letters_is_shown_with_a_warning(site: Site, member: SignIn) -> None:
    await site.escalate(name="p\u0430ypal")
    await site.escalate(name="\u042e\u043b\u0438\u044f Smith")
    ana = await member("Ana")

    assert (await ana.get("/")).words.count("mixed letters") == 1


@pytest.mark.parametrize("search", ["%25", "_", "%25'%20OR%201=1%20--", "zzz"])
async def test_a_search_is_taken_literally(site: Site, member: SignIn, search: str) -> None:
    await site.escalate("Refund not received")
    ana = await member("Ana")

    page = await ana.get(f"/?q={search}")

    assert page.status == 200
    assert "No ticket says" in page.words
    assert "Search reads titles, names and messages of 90 days." in page.words


@pytest.mark.parametrize(("length", "status"), [(200, 200), (201, 422), (10_000 - 2000, 422)])
async def test_a_search_has_an_end(site: Site, member: SignIn, length: int, status: int) -> None:
    ana = await member("Ana")

    assert (await ana.get("/?q=" + "x" * length)).status == status


@pytest.mark.parametrize(
    "query", ["?s=nonsense", "?after=nonsense", "?after=WzFd", "?s=closed&after=e30", "?q=%00", "?x=1"]
)
async def test_an_address_somebody_made_up_shows_the_list(site: Site, member: SignIn, query: str) -> None:
    ana = await member("Ana")

    assert (await ana.get("/" + query)).status == 200


@pytest.mark.parametrize(
    "name", ["0", "99999", "9999999999", "tkt_nope", "abc", "%00", "tkt_%00", "-1", "1.5", "%F0%9F%98%80"]
)
async def test_a_ticket_that_is_not_there_says_so(member: SignIn, name: str) -> None:
    ana = await member("Ana")

    assert (await ana.get(f"/t/{name}")).status == 404


async def test_a_long_list_goes_on_behind_more(site: Site, member: SignIn) -> None:
    for n in range(55):
        await site.escalate(f"Matter {n:02}")
        site.clock.advance(seconds=1)
    ana = await member("Ana")

    first = await ana.get("/")
    more = next(link for link in Markup(first.text).links if "after=" in link)
    second = await ana.get(more)

    assert "Matter 49" in first.words
    assert "Matter 50" not in first.words
    assert "Matter 54" in second.words
    assert "Matter 00" not in second.words


async def test_before_the_first_ticket_the_page_says_how_to_get_one(site: Site, member: SignIn) -> None:
    ana = await member("Ana")

    page = await ana.get("/")

    assert "No ticket yet." in page.words
    assert f"curl -X POST {site.base}/v1/tickets" in page.words


async def test_empty_lists_say_what_to_do_next(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana, ben = await member("Ana"), await member("Ben")
    assert f"Nothing is yours. Take the oldest: #{ticket.number}" in (await ana.get("/?s=mine")).words

    site.clock.advance(minutes=2)
    await ana.act(ticket.number, "claim")

    assert "Nobody is waiting. Last one claimed in 2 min." in (await ben.get("/")).words


async def test_the_transcript_is_a_download_with_the_notes(site: Site, member: SignIn) -> None:
    ticket = await site.escalate(said=("<b>hello</b>",))
    ana = await member("Ana")
    await ana.say(ticket.number, "only for us")

    for form, kind in (("md", "text/markdown"), ("json", "application/json")):
        answer = await ana.get(f"/t/{ticket.number}/transcript.{form}")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="ticket-{ticket.number}.{form}"'
        assert answer.headers["Content-Type"].startswith(kind)
        assert "only for us" in answer.text


async def test_our_own_files_are_kept_for_ever_and_nothing_else_is_served(site: Site, member: SignIn) -> None:
    page = await (await member("Ana")).get("/")
    stylesheet = site.house.shelf.address("console.css")
    assert stylesheet in page.text
    ana = await member("Ana")

    assert "immutable" in (await ana.get(stylesheet)).headers["Cache-Control"]
    version = site.house.shelf.version
    for name in (
        "../routes.py",
        "..%2froutes.py",
        "vendor/../../routes.py",
        "%2e%2e/routes.py",
        "/etc/passwd",
        "nope.js",
    ):
        assert (await ana.get(f"/static/{version}/{name}")).status == 404
