"""What a bot is told when the database is in trouble: whether asking again is wanted, and that it does no harm."""

import pytest

from bridge.api.refusals import problem_of
from bridge.domain.errors import StoreTrouble, StoreUnsure


@pytest.mark.parametrize(
    ("trouble", "said"),
    [(StoreTrouble("away"), "Nothing was stored."), (StoreUnsure("away"), "It may have been stored.")],
)
def test_storage_trouble_says_what_is_known_and_when_to_ask_again(trouble: StoreTrouble, said: str) -> None:
    problem = problem_of(trouble)
    assert problem.code == "storage-unavailable"
    assert problem.detail.startswith(said)
    assert "Try again" in problem.detail
    assert problem.retry_after is not None
