"""A site with some weeks behind it, for the page of measures."""

from datetime import timedelta

from tests.console.conftest import Site
from tests.samples import START
from tests.store.measure_steps import a_life, line, logged


async def some_weeks(site: Site, *, days: int = 28, a_day: int = 4) -> None:
    """Tickets of two routes: claimed sooner or later, some answered, some back again, some given up."""
    for day in range(days):
        for number in range(a_day):
            wait = 1 + (day * 7 + number * 13) % 45
            end = wait + 5 + (day * 31 + number * 17) % 400
            life = a_life(wait, route="french" if number % 3 == 0 else "fallback")
            life.append(line("message.created", wait + 2, message=f"msg_{day}_{number}"))
            life.append(line("ticket.closed", end, outcome="resolved"))
            if (day + number) % 9 == 0:
                life += [line("ticket.reopened", end + 60), line("ticket.closed", end + 90, outcome="resolved")]
            if (day + number) % 11 == 0:
                life = [line("ticket.opened", 0, route="fallback"), line("ticket.closed", 9, outcome="cancelled")]
            await logged(site.store, life, ago=timedelta(days=day, hours=2 + number * 5))
    await logged(site.store, [line("ticket.opened", 0, route="fallback")], ago=timedelta(minutes=12))
    site.clock.advance(seconds=(START - site.clock.now()).total_seconds() + 60)
