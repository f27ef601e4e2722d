"""What members do here, and that doing it twice does it once."""

import asyncio
from datetime import UTC, datetime

import pytest

from bridge.domain.ticket import TicketState
from tests.console.act_steps import SignIn, message_of
from tests.console.conftest import Site


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
