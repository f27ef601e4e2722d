"""An admin erases a user from the ticket's page; a member is not even shown the way."""

from collections.abc import Awaitable, Callable

from tests.console.conftest import Site
from tests.console.visitor import Visitor

SignIn = Callable[..., Awaitable[Visitor]]


async def test_an_admin_sees_what_goes_and_erases_it(site: Site, member: SignIn) -> None:
    ticket = await site.escalate("Canary matter", name="Canary")
    await site.user_says(ticket, "canary words")
    ana = await member("Ana", admin=True)
    assert f"/t/{ticket.number}/erase" in (await ana.get(f"/t/{ticket.number}")).text

    page = await ana.get(f"/t/{ticket.number}/erase")
    assert "Erase Canary ?" in page.words
    assert "1 tickets (1 open ones are closed as cancelled)" in page.words
    assert "Backups of the database" in page.words
    assert "Canary matter" in (await ana.get("/")).words
    user = (await site.store.tickets.view(ticket.id)).user.id

    done = await ana.post(f"/t/{ticket.number}/erase/now", user=user)

    assert done.status == 200
    (receipt,) = await site.store.erasures.receipts()
    assert receipt.id in done.words
    (act,) = (await site.store.audit.page(action="user.erased")).rows
    assert (act.actor, act.object) == ("console:Ana", receipt.id)
    for path in (f"/t/{ticket.number}", f"/t/{ticket.number}/log", f"/t/{ticket.number}/transcript.json",
                 f"/t/{ticket.number}/transcript.md", "/", "/?s=closed", "/?q=canary", "/audit"):  # fmt: skip
        answer = await ana.get(path)
        assert answer.status == 200, path
        assert "anary words" not in answer.text, path
        assert "Canary" not in answer.text, path
    shown = (await ana.get(f"/t/{ticket.number}")).words
    assert "Its words were erased on" in shown
    assert "Erase this user" not in shown
    assert "Reopen" not in shown
    assert (await ana.get(f"/t/{ticket.number}/erase")).status == 404


async def test_a_member_is_not_shown_the_way_and_may_not_go_it(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ben = await member("Ben")
    assert "/erase" not in (await ben.get(f"/t/{ticket.number}")).text
    assert (await ben.get(f"/t/{ticket.number}/erase")).status == 403
    assert (await ben.post(f"/t/{ticket.number}/erase/now", user="x")).status == 403
    assert await site.ticket(ticket.number) == ticket


async def test_a_page_that_was_for_somebody_else_erases_nobody(site: Site, member: SignIn) -> None:
    ticket = await site.escalate()
    ana = await member("Ana", admin=True)
    await ana.get(f"/t/{ticket.number}")
    answer = await ana.post(f"/t/{ticket.number}/erase/now", user="usr_somebody")
    assert answer.status == 422
    assert await site.ticket(ticket.number) == ticket
