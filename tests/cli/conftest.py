import shutil

import pytest

from tests.cli.command_line import CommandLine
from tests.journeys.site import KEY, ROOT, running_site
from tests.wire.bot import SECRET


@pytest.fixture
def handrail(tmp_path):
    """In a folder with the config file people start with, and nothing else."""
    shutil.copy(ROOT / "config" / "handrail.yaml", tmp_path / "handrail.yaml")
    return CommandLine(tmp_path, {"HANDRAIL_CONFIG": "handrail.yaml"})


@pytest.fixture
async def site(tmp_path):
    """A daemon that runs, with a bot on the wire. Nobody is reminded, so that what waits is what the test ordered."""
    async with running_site(tmp_path, reminds=False) as made:
        yield made


@pytest.fixture
def beside(site, tmp_path):
    """The command line on the site of that daemon."""
    env = {"HANDRAIL_CONFIG": "handrail.yaml", "SHOP_KEY": KEY, "SHOP_CALLBACK": SECRET, "PORT": str(site.port)}
    return CommandLine(tmp_path, env)
