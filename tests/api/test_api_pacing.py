"""Who calls too often is told when to come back, and nobody else waits for it."""

import pytest

from bridge.api.auth import Caller, Door
from bridge.api.limits import Limits
from bridge.api.pacing import Pacing, source
from bridge.api.problems import Problem
from bridge.domain.buckets import Rate
from bridge.domain.refs import BotName
from bridge.metrics import Metrics
from tests.api.conftest import Running
from tests.api.refusals import sound
from tests.given_time import GivenClock

GOOD = {"conversation": {"external_id": "web-1"}}
FAR, FAR_SIX = "93.184.215.14", "2606:2800:21f:cb07::1"


def limited(handrail: Running, bot: str) -> float:
    counted = handrail.api.metrics.registry.get_sample_value("handrail_api_ratelimited_total", {"bot": bot})
    return counted or 0.0


async def test_a_bot_beyond_its_rate_waits_and_then_goes_on(handrail):
    answers = [await handrail.call("GET", "/v1/tickets", bot="slow-bot") for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 200]

    refused = await handrail.call("POST", "/v1/tickets", GOOD, bot="slow-bot")
    sound(refused, 429, "rate-limited")
    assert limited(handrail, "slow-bot") == 1

    handrail.clock.advance(seconds=int(refused.headers["retry-after"]))
    assert (await handrail.call("POST", "/v1/tickets", GOOD, bot="slow-bot")).status == 201


async def test_a_refused_call_leaves_its_key_unused(handrail):
    for _ in range(3):
        await handrail.signed("GET", "/v1/tickets", bot="slow-bot")
    refused = await handrail.signed("POST", "/v1/tickets", GOOD, bot="slow-bot", message_id="m1")
    sound(refused, 429, "rate-limited")

    handrail.clock.advance(seconds=10)
    taken = await handrail.signed("POST", "/v1/tickets", GOOD, bot="slow-bot", message_id="m1")
    assert (taken.status, "idempotency-replayed" in taken.headers) == (201, False)


async def test_a_repeat_counts_like_any_call(handrail):
    answers = [await handrail.signed("POST", "/v1/tickets", GOOD, bot="slow-bot", message_id="m1") for _ in range(5)]
    assert [answer.status for answer in answers] == [201, 201, 201, 429, 429]
    assert len(await handrail.tickets("other-bot")) == 0


async def test_one_bots_rush_is_nobody_elses_wait(handrail):
    for _ in range(10):
        await handrail.call("GET", "/v1/tickets", bot="slow-bot")
    assert (await handrail.call("POST", "/v1/tickets", GOOD, bot="other-bot")).status == 201
    for path in ("/livez", "/readyz", "/metrics"):
        assert (await handrail.call("GET", path, bot="slow-bot")).status == 200


async def test_a_stranger_spends_nothing_of_the_bot_it_names(handrail):
    for _ in range(20):
        answer = await handrail.signed("POST", "/v1/tickets", GOOD, bot="slow-bot", secret=b"guessed")
        sound(answer, 401, "invalid-signature")
    assert (await handrail.signed("GET", "/v1/tickets", bot="slow-bot")).status == 200


async def test_retries_are_spread_over_the_time_a_bucket_takes_to_fill(handrail):
    for _ in range(3):
        await handrail.call("GET", "/v1/tickets", bot="slow-bot")
    told = {(await handrail.call("GET", "/v1/tickets", bot="slow-bot")).headers["retry-after"] for _ in range(60)}
    assert told == {"1", "2"}


class TestGuessing:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(stranger_rate=Rate(per_second=1, burst=5))

    async def test_many_failures_from_one_address_are_slowed_down_and_good_calls_are_not(self, handrail):
        for number in range(5):
            guess = {"Authorization": f"Bearer hr_guess_{number}"}
            sound(await handrail.call("GET", "/v1/tickets", headers=guess), 401, "invalid-signature")
        for headers in ({"Authorization": "Bearer hr_guess"}, {"Authorization": "Basic x"}):
            answer = await handrail.call("GET", "/v1/tickets", headers=headers)
            sound(answer, 429, "rate-limited")
        sound(await handrail.signed("GET", "/v1/tickets", secret=b"guessed"), 429, "rate-limited")
        assert limited(handrail, "(stranger)") == 3

        assert (await handrail.call("POST", "/v1/tickets", GOOD)).status == 201
        assert (await handrail.signed("GET", "/v1/tickets")).status == 200

        handrail.clock.advance(seconds=1)
        sound(await handrail.signed("GET", "/v1/tickets", secret=b"guessed"), 401, "invalid-signature")

    async def test_a_slow_clock_is_no_guess(self, handrail):
        for _ in range(9):
            sound(await handrail.signed("GET", "/v1/tickets", timestamp="1795000000"), 401, "stale-timestamp")


WRONG = Problem("invalid-signature", "")
CALLER = Caller(door=Door(bot=BotName("shop-bot"), rate=Rate(per_second=1, burst=99)), key=None)


@pytest.fixture
def clock() -> GivenClock:
    return GivenClock()


@pytest.fixture
def pacing(clock: GivenClock) -> Pacing:
    return Pacing(Limits(stranger_rate=Rate(per_second=1, burst=5)), clock, Metrics())


def failing(pacing: Pacing, remote: str | None) -> None:
    while pacing.failed(remote, WRONG) is WRONG:
        pass


def test_a_public_address_that_guesses_is_not_even_looked_at(pacing, clock):
    failing(pacing, FAR)
    with pytest.raises(Problem) as refused:
        pacing.refuse_guessing(FAR)
    assert refused.value.code == "rate-limited"
    pacing.refuse_guessing("93.184.215.15")

    clock.advance(seconds=1)
    pacing.refuse_guessing(FAR)


@pytest.mark.parametrize("remote", ["127.0.0.1", "10.0.0.1", "::1", "fd00::1", "::ffff:10.0.0.1", None, "", "unix:"])
def test_an_address_that_may_be_everybodys_proxy_is_always_looked_at(pacing, remote):
    failing(pacing, remote)
    pacing.refuse_guessing(remote)


def test_a_bot_that_shares_an_address_with_a_guesser_is_heard(pacing, clock):
    pacing.let_in(CALLER, FAR)
    failing(pacing, FAR)
    pacing.refuse_guessing(FAR)

    clock.advance(hours=1)
    failing(pacing, FAR)
    with pytest.raises(Problem):
        pacing.refuse_guessing(FAR)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2606:2800:21f:cb07::1", "2606:2800:21f:cb07:ffff::2", True),
        ("2606:2800:21f:cb07::1", "2606:2800:21f:cb08::1", False),
        ("::ffff:93.184.215.14", "::ffff:93.184.215.15", False),
        ("fe80::1%eth0", "fe80::1%eth1", True),
        ("93.184.215.14", "93.184.215.15", False),
        (None, "", True),
    ],
)
def test_failures_are_counted_by_what_a_caller_cannot_change_at_will(one, other, same):
    assert (source(one) == source(other)) is same
