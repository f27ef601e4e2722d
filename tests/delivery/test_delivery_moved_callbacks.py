"""A bot whose old address answered 410, and which the file sends elsewhere while the daemon is stopped."""

from pathlib import Path

import pytest

from bridge.domain.audit import Audited
from bridge.rulebook import Rules, load
from tests.delivery.conftest import CONFIG, House
from tests.samples import SHOP_LANE, START

OLD, NEW = "https://old.example/handrail", "https://new.example/handrail"


def written(path: Path, url: str) -> Rules:
    callback = f"{{url: '{url}', secret: {{env: CALLBACK_SECRET}}}}"
    path.write_text(CONFIG + f"bots:\n  shop-bot: {{keys: [{{env: KEY}}], callback: {callback}}}\n")
    secrets = {"TOKEN": "xoxb-a-token", "KEY": "hr_" + "k" * 43, "CALLBACK_SECRET": "whsec_" + "c2VjcmV0" * 4}
    return Rules(load(path, secrets))


@pytest.fixture
def rules(tmp_path: Path) -> Rules:
    return written(tmp_path / "handrail.yaml", OLD)


async def said_gone(house: House) -> None:
    house.bot.answer_next(410)
    await house.replies(await house.ticket(), "waits")
    await house.settle()
    assert house.heard() == []


@pytest.mark.parametrize(("url", "heard"), [(NEW, ["waits"]), (OLD, [])])
async def test_a_new_address_hears_what_the_old_one_refused_and_the_old_one_does_not(
    house: House, tmp_path: Path, url: str, heard: list[str]
):
    await said_gone(house)
    await house.stop()

    house.rules = written(tmp_path / "handrail.yaml", url)
    await house.start()
    await house.settle()

    assert house.heard() == heard


async def test_what_an_operator_paused_stays_paused_wherever_the_bot_is(house: House, tmp_path: Path):
    await said_gone(house)
    by = Audited(at=START, actor="cli:ops", via="cli", action="lane.paused", object=str(SHOP_LANE))
    await house.store.lanes.pause(SHOP_LANE, "looking into it", by=by)
    await house.stop()

    house.rules = written(tmp_path / "handrail.yaml", NEW)
    await house.start()
    await house.settle()

    assert house.heard() == []
