"""One story per test."""

import pytest

from tests.domain.stories import Story


@pytest.fixture
def story() -> Story:
    return Story()
