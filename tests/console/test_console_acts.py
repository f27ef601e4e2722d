"""What members do here, and that doing it twice does it once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from bridge.domain.ticket import Outcome, Ticket, TicketState
from bridge.domain.words import Message
from tests.console.conftest import Site
from tests.console.visitor import Answer, Visitor

SignIn = Callable[..., Awaitable[Visitor]]


async def message_of(site: Site, ticket: Ticket, text: str) -> Message:
    return next(m for m in (await site.view(ticket.id)).messages if m.text == text)


async def test_claiming_makes_it_ones_own_and_shows_it_at_once(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana = await member("Ana")

    answer = await ana.act(ticket.number, "claim")

    now = await site.ticket(ticket.number)
    assert now.assignee is not None
    assert now.assignee.name == "Ana"
    assert f"#{ticket.number} is yours." in answer.words
    assert '<div id="rows" hx-swap-oob="keyed">' in answer.text


async def test_the_second_to_claim_is_told_who_was_first_and_what_to_do(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana, ben = await member("Ana"), await member("Ben")
    await ben.act(ticket.number, "claim")
    site.clock.advance(seconds=2)

    answer = await ana.act(ticket.number, "claim")

    assert f"Ben took #{ticket.number} two seconds before you." in answer.words
    assert "Open" in answer.words
    assert "Ask Ben to hand over" in answer.words
    assert await site.owner(ticket) == "Ben"


async def test_of_two_claims_at_once_one_wins(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana, ben = await member("Ana"), await member("Ben")

    answers = await asyncio.gather(ana.act(ticket.number, "claim"), ben.act(ticket.number, "claim"))

    assert sum("is yours" in answer.words for answer in answers) == 1
    assert sum("just before you" in answer.words for answer in answers) == 1


async def test_a_double_click_has_one_effect(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana, ben = await member("Ana"), await member("Ben")
    await ben.act(ticket.number, "claim")

    await asyncio.gather(*(ana.act(ticket.number, "ask_hand_over", card="page-token.1") for _ in range(5)))

    kinds = [entry.kind for entry in (await site.view(ticket.id)).entries]
    assert kinds.count("handover.asked") == 1


async def test_words_sent_twice_are_taken_once(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana = await member("Ana")

    await asyncio.gather(*(ana.say(ticket.number, "only once", key="same-key-1") for _ in range(4)))

    assert await site.said(ticket) == ["note inside: only once"]


async def test_the_same_key_of_another_member_is_another_key(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana, ben = await member("Ana"), await member("Ben")

    await ana.say(ticket.number, "hers", key="same-key-1")
    await ben.say(ticket.number, "his", key="same-key-1")

    assert await site.said(ticket) == ["note inside: hers", "note inside: his"]


async def test_a_note_stays_inside_whoever_has_the_ticket(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana = await member("Ana")
    await ana.act(ticket.number, "claim")

    answer = await ana.say(ticket.number, "send: not really", "note")

    assert await site.said(ticket) == ["note inside: send: not really"]
    assert 'data-told="taken"' in answer.text


async def test_claim_and_reply_does_both_and_can_be_undone(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana = await member("Ana")

    await ana.say(ticket.number, "I look into it", "claim_and_reply")
    assert await site.said(ticket) == ["reply pending: I look into it"]
    assert (await site.ticket(ticket.number)).state is TicketState.ASSIGNED

    message = await message_of(site, ticket, "I look into it")
    answer = await ana.post(f"/t/{ticket.number}/unsay", message=message.id, card="page-token.1")
    assert "Taken back." in answer.words
    await site.pass_time(seconds=6)
    assert await site.said(ticket) == ["reply unsent: I look into it"]


async def test_a_reply_leaves_when_its_undo_window_is_over(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana = await member("Ana")
    await ana.say(ticket.number, "here you are", "claim_and_reply")

    await site.pass_time(seconds=6)

    assert await site.said(ticket) == ["reply sending: here you are"]
    assert "on its way" in (await ana.get(f"/t/{ticket.number}")).words


async def test_a_reply_to_a_closed_ticket_is_held_with_the_question(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana = await member("Ana")
    await ana.act(ticket.number, "close")

    answer = await ana.say(ticket.number, "one more thing", "reply")

    assert f"Not sent: #{ticket.number} is closed." in answer.words
    page = await ana.get(f"/t/{ticket.number}")
    assert "✋ Not sent: this ticket is closed. Reopen & send Keep as note" in page.words

    message = await message_of(site, ticket, "one more thing")
    await ana.act(ticket.number, "reopen_and_send", message=message.id)
    assert await site.owner(ticket) == "Ana"
    assert await site.said(ticket) == ["reply sending: one more thing"]


async def test_only_its_writer_is_offered_to_send_a_held_message(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana, ben = await member("Ana"), await member("Ben")
    await ana.act(ticket.number, "close")
    await ana.say(ticket.number, "one more thing", "reply")

    page = await ben.get(f"/t/{ticket.number}")

    assert "✋ Ana : not sent to Mara" in page.words
    assert "Reopen & send" not in page.words


async def test_a_message_is_edited_and_deleted_by_its_writer_only(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana, ben = await member("Ana"), await member("Ben")
    await ana.say(ticket.number, "a tyop")
    message = await message_of(site, ticket, "a tyop")

    assert (
        "Only Ana can decide"
        in (await ben.post(f"/t/{ticket.number}/resay", message=message.id, text="ha", card="page-token.1")).words
    )
    await ana.post(f"/t/{ticket.number}/resay", message=message.id, text="a typo", card="page-token.1")
    assert await site.said(ticket) == ["note inside: a typo"]
    assert "edited" in (await ana.get(f"/t/{ticket.number}")).words

    await ana.post(f"/t/{ticket.number}/unsay", message=message.id, card="page-token.1")
    assert "a typo" not in (await ana.get(f"/t/{ticket.number}")).words


async def test_a_message_of_another_ticket_is_not_found(site: Site, member: SignIn) -> None:
    one, other = await site.escalate(), await site.escalate()
    ana = await member("Ana")
    await ana.say(one.number, "mine")
    message = await message_of(site, one, "mine")

    for name in (message.id, "msg_nope", "", "x" * 200):
        answer = await ana.post(f"/t/{other.number}/resay", message=name, text="ha", card="page-token.1")
        assert answer.status == 404


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"rest": "1h"}, datetime(2026, 11, 23, 11, 0, tzinfo=UTC)),
        ({"rest": "4h"}, datetime(2026, 11, 23, 14, 0, tzinfo=UTC)),
        ({"rest": "tomorrow", "zone": "Europe/Paris"}, datetime(2026, 11, 24, 8, 0, tzinfo=UTC)),
        ({"rest": "tomorrow", "zone": "Pacific/Auckland"}, datetime(2026, 11, 23, 20, 0, tzinfo=UTC)),
        ({"rest": "tomorrow", "zone": "../../etc/passwd"}, datetime(2026, 11, 24, 9, 0, tzinfo=UTC)),
        (
            {"rest": "at", "at": "2026-12-01T08:30", "zone": "America/New_York"},
            datetime(2026, 12, 1, 13, 30, tzinfo=UTC),
        ),
    ],
)
async def test_a_ticket_rests_until_the_readers_own_time(
    site: Site, member: SignIn, form: dict[str, str], expected: datetime
) -> None:
    ticket = await site.escalate()
    ana = await member("Ana")

    answer = await ana.act(ticket.number, "snooze", **form)

    assert answer.status == 200
    assert (await site.ticket(ticket.number)).snoozed_until == expected
    await ana.act(ticket.number, "wake", card="page-token.2")
    assert (await site.ticket(ticket.number)).snoozed_until is None


@pytest.mark.parametrize("at", ["", "soon", "2026-13-01T00:00", "99999999999"])
async def test_a_rest_without_an_end_is_refused(site: Site, member: SignIn, at: str) -> None:
    ticket = await site.escalate()
    ana = await member("Ana")

    assert (await ana.act(ticket.number, "snooze", rest="at", at=at)).status == 422


async def test_a_rest_in_the_past_says_what_is_possible(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana = await member("Ana")

    answer = await ana.act(ticket.number, "snooze", rest="at", at="2020-01-01T00:00")

    assert "at most 90 days away" in answer.words


async def test_a_ticket_is_handed_to_a_colleague_under_the_name_they_have_here(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana = await member("Ana")
    await member("Ben")

    assert 'value="ben"' in (await ana.get(f"/t/{ticket.number}")).text
    answer = await ana.act(ticket.number, "assign", to="ben")

    assert f"Ben has #{ticket.number} now." in answer.words
    assert await site.owner(ticket) == "Ben"


@pytest.mark.parametrize("to", ["nobody", "console:Nobody", "", "acme:U1", "x" * 500])
async def test_a_ticket_is_never_handed_to_nobody(site: Site, member: SignIn, to: str) -> None:
    ticket = await site.escalate()
    ana = await member("Ana")

    answer = await ana.act(ticket.number, "assign", to=to)

    assert answer.status == 200
    assert "refused" in answer.text
    assert (await site.ticket(ticket.number)).assignee is None


async def test_taking_over_names_the_owner_first(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana, ben = await member("Ana"), await member("Ben")
    await ben.act(ticket.number, "claim")

    page = await ana.get(f"/t/{ticket.number}")
    assert "Take it over from Ben" in page.words
    await ana.act(ticket.number, "take_over")

    assert await site.owner(ticket) == "Ana"


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


async def raw(
    ana: Visitor, number: int, body: bytes, kind: str = "application/x-www-form-urlencoded", **more: str
) -> Answer:
    headers = {"Content-Type": kind, "X-CSRF-Token": ana.csrf, "Origin": ana.base, **more}
    async with ana.session.post(f"{ana.base}/t/{number}/say", data=body, headers=headers) as response:
        return Answer(response.status, await response.text(), response.headers)


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
