"""Ends, moves and rights of acts, and requests that make no sense."""

from datetime import timedelta

import pytest

from bridge.domain.ticket import Outcome, TicketState
from tests.console.act_steps import SignIn, raw
from tests.console.conftest import Site


async def test_closing_is_one_click_and_can_be_undone_for_ten_seconds(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana = await member("Ana")
    await ana.act(ticket.number, "claim")

    closed = await ana.act(ticket.number, "close", card="page-token.2")
    assert 'data-told="closed"' in closed.text
    assert "Undo" in closed.words
    assert 'data-seconds="10"' in closed.text
    assert (await site.ticket(ticket.number)).outcome is Outcome.RESOLVED

    site.clock.advance(seconds=9)
    await ana.act(ticket.number, "undo_close", card="page-token.3")
    now = await site.ticket(ticket.number)
    assert now.assignee is not None
    assert now.assignee.name == "Ana"


async def test_a_ticket_is_closed_with_another_outcome_and_reopened(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana = await member("Ana")

    await ana.act(ticket.number, "close", outcome="spam")
    assert (await site.ticket(ticket.number)).outcome is Outcome.SPAM
    assert "Spam by Ana" in (await ana.get(f"/t/{ticket.number}")).words

    await ana.act(ticket.number, "reopen", card="page-token.2")
    assert (await site.ticket(ticket.number)).state is TicketState.OPEN


async def test_a_ticket_is_moved_to_another_route(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana = await member("Ana")

    assert "→ french" in (await ana.get(f"/t/{ticket.number}")).words
    await ana.act(ticket.number, "move", route="french")

    assert (await site.ticket(ticket.number)).policy.route == "french"


async def test_a_form_of_the_desk_is_shown_filled_in_and_acted_on(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana = await member("Ana")

    asked = await ana.post(f"/t/{ticket.number}/ask", verb="close")
    assert f"Close #{ticket.number}" in asked.words
    assert "A last note, inside" in asked.words

    form = {"f.outcome": "cancelled", "f.note": "asked twice", "card": "page-token.1"}
    await ana.post(f"/t/{ticket.number}/fill", verb="close", **form)
    assert (await site.ticket(ticket.number)).outcome is Outcome.CANCELLED
    assert await site.said(ticket) == ["note inside: asked twice"]


async def test_somebody_outside_the_team_may_read_but_not_act(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    eve = await member("Eve")

    assert (await eve.get(f"/t/{ticket.number}")).status == 200
    answer = await eve.act(ticket.number, "claim")

    assert "Only members of support can" in answer.words
    assert (await site.ticket(ticket.number)).assignee is None


async def test_without_a_script_an_act_leads_back_to_the_ticket(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana = await member("Ana")

    done = await ana.post(f"/t/{ticket.number}/act", verb="claim", card="p-token-1.1", head={"HX-Request": "false"})
    refused = await ana.post(f"/t/{ticket.number}/act", verb="wake", card="p-token-1.2", head={"HX-Request": "false"})

    assert (done.status, done.headers["Location"]) == (303, f"/t/{ticket.number}")
    assert refused.status == 200
    assert f"#{ticket.number} is not snoozed." in refused.words


@pytest.mark.parametrize(
    "form", [{"verb": "explode"}, {}, {"verb": "send_held"}, {"verb": "retry", "message": "msg_x"}]
)
async def test_an_act_that_makes_no_sense_changes_nothing(site: Site, member: SignIn, form: dict[str, str]) -> None:
    ticket = await site.escalate()
    ana = await member("Ana")

    answer = await ana.post(f"/t/{ticket.number}/act", card="page-token.1", **form)

    assert answer.status in {200, 422}
    assert "refused" in answer.text
    assert await site.ticket(ticket.number) == ticket


@pytest.mark.parametrize(
    ("text", "mode", "status"),
    [
        ("", "note", 422),
        ("  \n ", "note", 422),
        ("x", "", 422),
        ("x", "shout", 422),
        ("x" * 40_001, "note", 422),
        ("x" * 40_000, "note", 200),
    ],
)
async def test_words_have_a_beginning_a_mode_and_an_end(
    site: Site, member: SignIn, text: str, mode: str, status: int
) -> None:
    ticket = await site.escalate()
    ana = await member("Ana")

    assert (await ana.say(ticket.number, text, mode)).status == status


async def test_line_ends_and_strange_characters_arrive_as_they_were_meant(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana = await member("Ana")

    await ana.say(ticket.number, "one\r\ntwo\rthree\x00 \U0001f469‍\U0001f4bb \x1b")

    assert await site.said(ticket) == ["note inside: one\ntwo\nthree␀ \U0001f469‍\U0001f4bb \x1b"]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"text=x&mode=note", "application/json", 415),
        (b"--x--", "multipart/form-data; boundary=x", 415),
        (b"text=" + b"x" * 700_000, "application/x-www-form-urlencoded", 413),
        (b"text=%ff%fe&mode=note", "application/x-www-form-urlencoded", 400),
        (b"text=\xff&mode=note", "application/x-www-form-urlencoded", 400),
        (b"text=%ed%a0%80&mode=note", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a%d=1" % n for n in range(100)), "application/x-www-form-urlencoded", 400),
    ],
)
async def test_what_is_no_form_of_ours_is_refused(
    site: Site, member: SignIn, body: bytes, kind: str, status: int
) -> None:
    ticket = await site.escalate()
    ana = await member("Ana")

    assert (await raw(ana, ticket.number, body, kind)).status == status
    assert await site.said(ticket) == []


async def test_garbage_that_claims_to_be_packed_is_refused(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana = await member("Ana")

    answer = await raw(ana, ticket.number, b"no gzip at all", **{"Content-Encoding": "gzip"})

    assert answer.status == 400


async def test_typing_is_told_without_being_kept(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana, ben = await member("Ana"), await member("Ben")

    assert (await ana.post(f"/t/{ticket.number}/typing", note="1")).status == 204
    assert "Ana is writing a note" in (await ben.get(f"/t/{ticket.number}")).words
    assert "Ana is writing" not in (await ana.get(f"/t/{ticket.number}")).words

    site.clock.advance(timedelta(seconds=9).total_seconds())
    assert "Ana is writing" not in (await ben.get(f"/t/{ticket.number}")).words
