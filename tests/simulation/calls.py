"""A call from the middle to a shore, and the fate the world has for it."""

import asyncio
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Protocol

from bridge.domain.errors import DeliveryError, OutcomeUnknown, RateLimited, Scope, TryLater
from tests.simulation.agenda import Agenda
from tests.simulation.faults import LIMITS, Fault, Weather
from tests.simulation.machine import Machine

GIVES_UP = 6.0
"""Seconds after which a caller that hears nothing takes the outcome for unknown, at most."""
TOO_LATE = 3.0
"""Seconds after that in which a request may still be applied: together with what look-ups do not see yet less than
the time in which they are made."""


class Caller(Protocol):
    """The process that calls."""

    machine: Machine


class Line:
    """The way to one shore and back."""

    def __init__(self, agenda: Agenda, weather: Weather, rng: random.Random, trace: Callable[..., None]) -> None:
        self._agenda = agenda
        self._weather = weather
        self._rng = rng
        self._trace = trace

    async def call(
        self, caller: Caller, what: str, apply: Callable[[], Any], *, limits: bool = True, budget: str | None = None
    ) -> Any:
        """Make it; `apply` does the effect where and when the request arrives."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if not caller.machine.step():
            return await answer  # the dead hear nothing

        def told(result: Any, error: DeliveryError | None) -> None:
            if caller.machine.step() and not answer.done():
                if error is not None:
                    answer.set_exception(error)
                else:
                    answer.set_result(result)

        self._send(what, apply, told, limits=limits, budget=budget)
        return await answer

    def _send(
        self, what: str, apply: Callable[[], Any], told: Callable[[Any, DeliveryError | None], None], *,
        limits: bool, budget: str | None,
    ) -> None:  # fmt: skip
        weather, rng, after = self._weather, self._rng, self._agenda.after
        there, back = rng.uniform(0.01, 0.3), rng.uniform(0.01, 0.2)

        def arrive(*, answers: bool = True) -> None:
            result, error = None, None
            try:
                result = apply()
            except DeliveryError as refused:
                error = refused
            self._trace("arrived", what, type(error).__name__ if error else "")
            if answers:
                after(back, lambda: told(result, error))

        gives_up = rng.uniform(0.2, GIVES_UP)
        if limits and (kind := next((kind for kind in LIMITS if weather.strikes(kind, 0.3)), None)):
            self._trace("limited", what, kind.name)
            after(there, lambda: told(None, _limited(kind, rng, budget)))
        elif weather.strikes(Fault.REFUSED):
            after(there, lambda: told(None, TryLater("connection refused")))
        elif weather.strikes(Fault.LOST):
            after(gives_up, lambda: told(None, OutcomeUnknown("no answer in time")))
        elif weather.strikes(Fault.NO_ANSWER):
            after(there, lambda: arrive(answers=False))
            after(there + gives_up, lambda: told(None, OutcomeUnknown("no answer in time")))
        elif weather.strikes(Fault.LATE):
            after(gives_up, lambda: told(None, OutcomeUnknown("no answer in time")))
            after(gives_up + rng.uniform(0.1, TOO_LATE), lambda: arrive(answers=False))
        elif weather.strikes(Fault.SLOW):
            after(rng.uniform(1.0, 5.0), arrive)
        else:
            after(there, arrive)


def _limited(kind: Fault, rng: random.Random, budget: str | None) -> RateLimited:
    wait = timedelta(seconds=rng.uniform(0.5, 12.0))
    match kind:
        case Fault.RATE_BUDGET if budget is not None:
            return RateLimited("slow down", wait, Scope.BUDGET, budget)
        case Fault.RATE_PLATFORM:
            return RateLimited("slow down", wait, Scope.PLATFORM)
        case _:
            return RateLimited("slow down", wait, Scope.LANE)
