"""What the README tells a newcomer to type works as it stands."""

import asyncio
import json
import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from bridge.console.pages import CURL
from tests.journeys.site import ROOT, Process

README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language: str, beginning: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return next(text for text in blocks if beginning in text)


@pytest.fixture
async def site(tmp_path: Path):
    (tmp_path / "handrail.yaml").write_text((ROOT / "config" / "handrail.yaml").read_text("utf-8"), encoding="utf-8")
    daemon = Process(tmp_path, {})
    await daemon.start()
    yield daemon
    await daemon.kill()


def demo_secrets(site: Process) -> dict[str, str]:
    secrets: dict[str, str] = json.loads((site.folder / "data" / "demo-secrets.json").read_text(encoding="utf-8"))
    return secrets


async def output(*command: str, env: dict[str, str]) -> dict:
    process = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, **env}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return json.loads(out)


@pytest.mark.parametrize("where", ["readme", "console"])
async def test_the_first_call_opens_a_ticket(site: Process, where: str):
    shown = block("", "/v1/tickets") if where == "readme" else CURL.format(base=site.url)
    call = shown.replace("http://127.0.0.1:8700", site.url).replace("\\\n", " ")
    key = demo_secrets(site)["HANDRAIL_DEMO_KEY"]
    words = [re.sub(r"\$(YOUR_)?KEY", key, word) for word in shlex.split(call)]
    answer = await output(*words, env={})
    assert answer["ticket"]["owner"] == "queue"


async def test_the_signed_call_opens_a_ticket_wherever_the_machine_stands(site: Process):
    secret = demo_secrets(site)["HANDRAIL_DEMO_SECRET"]
    env = {"BOT": "shop-bot", "BOT_SECRET": secret, "HANDRAIL": site.url, "TZ": "Pacific/Auckland"}
    answer = await output(sys.executable, "-c", block("python", "standardwebhooks"), env=env)
    assert answer["ticket"]["state"] == "open"
