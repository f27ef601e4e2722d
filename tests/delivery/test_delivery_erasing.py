"""A user is erased: in front of the real adapters, our posts of their words leave the thread, and the card forgets."""

from bridge.desk.desk import Desk
from bridge.domain.deliveries import CloseThread, DeliveryState, PostHistory, Remind
from bridge.domain.events.operators import Operator, UserErasure
from bridge.domain.views import DeliveryView
from bridge.domain.words import Author, WordsKind
from bridge.rulebook import Rules
from tests.delivery.threads import Thread
from tests.samples import a_message, asks, closing

BIRD = "kanari"


async def erased(thread: Thread, rules: Rules) -> None:
    desk = Desk(store=thread.store, rules=rules, clock=thread.clock)
    user = await thread.store.users.get(thread.ticket.user)
    assert user is not None
    by = Operator(key="operator:root", via="command")
    await desk.handle(UserErasure(bot=user.bot, external_id=user.external_id, by=by, at=thread.clock.now()))


async def left(thread: Thread) -> list[DeliveryView]:
    """What the platform still has to be told."""
    views = [view for view in await thread.left() if view.lane == thread.shore.far_side.lane]
    return [view for view in views if view.state != DeliveryState.WITHDRAWN.value]


async def test_our_posts_of_an_erased_user_leave_the_thread_and_one_line_says_so(opened: Thread, rules: Rules):
    turn = a_message(opened.ticket.id, f"{BIRD} before", kind=WordsKind.HISTORY, author=Author.BOT)
    await opened.order(PostHistory(), message=turn)
    await opened.user_says(f"{BIRD} one", f"{BIRD} two " * 900)
    await opened.order(Remind("notify", "team", mention=False))
    await opened.passes(30)
    assert sum(BIRD in post for post in await opened.shown()) >= 4
    assert "Refund not received" in await opened.shore.far_side.card(opened.ref)

    await erased(opened, rules)
    await opened.user_says()
    await opened.passes(60)

    shown = await opened.shown()
    assert [post for post in shown if BIRD in post or "is waiting" in post] == []
    assert sum("was erased" in post for post in shown) == 1
    card = await opened.shore.far_side.card(opened.ref)
    assert "Refund not received" not in card
    assert "erased" in card
    assert await left(opened) == []


async def test_a_thread_that_rests_is_woken_for_it_and_rests_again(opened: Thread, rules: Rules):
    await opened.user_says(f"{BIRD} one")
    await opened.passes(5)
    await opened.store.writer.decide(asks(opened.ticket.id, lambda now: closing(now.ticket)))
    await opened.order(CloseThread())
    await opened.passes(5)

    await erased(opened, rules)
    await opened.passes(60)

    assert [post for post in await opened.shown() if BIRD in post] == []
    assert await left(opened) == []


async def test_words_that_had_not_been_posted_never_are(opened: Thread, rules: Rules):
    await opened.user_says(f"{BIRD} one", f"{BIRD} two")
    await erased(opened, rules)
    await opened.passes(20)
    assert [post for post in await opened.shown() if BIRD in post] == []
