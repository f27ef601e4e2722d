"""What is counted of deliveries that ended."""

from tests.delivery.conftest import House


def figure(house: House, name: str, **labels: str) -> float:
    return house.metrics.registry.get_sample_value(name, labels) or 0.0


async def test_callbacks_are_told_apart_by_whether_the_first_try_was_enough(house: House):
    ticket = await house.ticket()
    await house.replies(ticket, "at once")
    await house.settle()
    house.bot.answer_next(500)
    await house.replies(ticket, "later")
    await house.settle()
    await house.passes(1)

    assert house.heard() == ["at once", "later"]
    assert figure(house, "handrail_callbacks_total", **{"try": "first"}) == 1
    assert figure(house, "handrail_callbacks_total", **{"try": "later"}) == 1
