"""How replies fared at the bot, as the page shows it, and what can be done about those that wait."""

from collections.abc import Awaitable, Callable

from bridge.domain.events import EventKey, Receipt, ReceiptGiven, ReplyTooOld
from bridge.domain.ticket import Ticket
from bridge.domain.words import Message, WordsState
from tests.console.act_steps import message_of
from tests.console.conftest import SHOP, Site
from tests.console.visitor import Visitor

SignIn = Callable[..., Awaitable[Visitor]]
WORDS = "It left today."


async def replied(site: Site, ana: Visitor) -> tuple[Ticket, Message]:
    ticket = await site.escalate()
    await ana.act(ticket.number, "claim")
    await ana.say(ticket.number, WORDS, "reply")
    await site.pass_time(seconds=6)
    return ticket, await message_of(site, ticket, WORDS)


async def receipt(site: Site, ticket: Ticket, message: Message, what: Receipt, **more: str) -> None:
    await site.desk.handle(
        ReceiptGiven(
            bot=SHOP, key=EventKey("bot:shop-bot", f"r-{what}"), fingerprint="f", at=site.clock.now(),
            ticket=ticket.id, message=message.id, receipt=what, **more,
        )
    )  # fmt: skip


async def test_a_reply_the_user_has_seen_says_so(site: Site, member: SignIn) -> None:
    ana = await member("Ana")
    ticket, message = await replied(site, ana)
    await receipt(site, ticket, message, Receipt.SEEN)
    assert "✅ seen" in (await ana.get(f"/t/{ticket.number}")).text


async def test_a_reply_that_did_not_get_there_says_why_and_can_be_sent_again(site: Site, member: SignIn) -> None:
    ana = await member("Ana")
    ticket, message = await replied(site, ana)
    await receipt(site, ticket, message, Receipt.FAILED, reason="the user <b>left</b>")
    page = (await ana.get(f"/t/{ticket.number}")).text
    assert "the user &lt;b&gt;left&lt;/b&gt;" in page

    await ana.act(ticket.number, "retry", message=message.id)
    assert (await message_of(site, ticket, WORDS)).state is WordsState.SENDING


async def test_a_stale_reply_waits_on_the_page_until_somebody_sends_or_withdraws_it(site: Site, member: SignIn) -> None:
    ana = await member("Ana")
    ticket, message = await replied(site, ana)
    await site.desk.handle(ReplyTooOld(bot=SHOP, ticket=ticket.id, message=message.id, at=site.clock.now()))
    page = (await ana.get(f"/t/{ticket.number}")).text
    assert "Send it now" in page
    assert "waits for a click" in page

    await ana.act(ticket.number, "retry", message=message.id)
    assert (await message_of(site, ticket, WORDS)).state is WordsState.SENDING

    await ana.act(ticket.number, "withdraw", message=message.id)
    assert (await message_of(site, ticket, WORDS)).state is WordsState.UNSENT


async def test_a_text_of_ours_to_the_user_stands_in_the_story_as_a_line(site: Site, member: SignIn) -> None:
    ana = await member("Ana")
    ticket = await site.escalate(notices="relay", language="en")
    page = (await ana.get(f"/t/{ticket.number}")).text
    assert "Sent to Mara: A member of our team will answer you here." in page
