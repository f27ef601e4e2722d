import pytest
from pydantic import ValidationError

from adapters import build_bot
from bridge.ports.clock import SystemClock
from tests.wire.bot import SECRET


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "ftp://bot.example/"},
        {"url": "bot.example"},
        {"url": "https://me:pw@bot.example/"},
        {"url": "https:///x"},
        {"url": "https://bot.example/#x"},
        {"secret": "whsec_AAAA"},
        {"secret": None},
        {"surprise": 1},
    ],
)
def test_options_that_do_not_fit_are_refused(wrong):
    options = {"url": "https://bot.example/handrail", "secret": SECRET, **wrong}

    with pytest.raises(ValidationError) as refusal:
        build_bot("webhook", "shop-bot", options, SystemClock())
    assert SECRET not in str(refusal.value)
