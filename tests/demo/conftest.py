import uuid

import pytest

from tests.demo.demo_page import demo_running
from tests.wire.handrail_api import WireHandrail


@pytest.fixture
async def handrail():
    wire = WireHandrail()
    await wire.up()
    yield wire
    await wire.down()


@pytest.fixture
def visitor():
    return str(uuid.uuid4())


@pytest.fixture
async def page(handrail, tmp_path, visitor):
    async with demo_running(handrail, tmp_path, visitor) as running:
        yield running
