"""How soon the daemon is ready and what it costs to leave it running: `python -m benchmarks.start_and_idle --help`.

Beside it, in the same rounds, stands the least that a daemon of this kind can be: an aiohttp server that answers one
address. What is above that is ours.
"""

import argparse
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp.test_utils import unused_port

from benchmarks.site import folder, machine, report
from tests.nursery import outside

READY_TARGET, IDLE_TARGET, HELP_TARGET = 3.0, 110.0, 0.6
IDLE_AFTER = 5.0
"""Seconds after which the first sweeps have run."""

BARE = """
import sys
from aiohttp import web
import aiohttp

async def ready(request):
    return web.Response(text="ok")

app = web.Application()
app.router.add_get("/readyz", ready)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
"""

IMPORTED = """
import os, sys
from pathlib import Path
import bridge.app
from bridge.demo_secrets import with_demo_secrets
from bridge.kinds import load_book
load_book(Path("handrail.yaml"), with_demo_secrets(os.environ))
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""
NOT_CONFIGURED = ("slack_sdk", "slack_bolt", "discord")


@dataclass(frozen=True, slots=True)
class Run:
    ready: float
    """Seconds from the start of the process to the first good answer of /readyz."""
    cpu: float
    """Seconds of processor time until then: what a busy machine does not change."""
    idle: float
    """MB resident, as `ps` shows it (1 MB = 1,000,000 bytes)."""


def run_once(words: Sequence[str], port: int, place: Path, env: Mapping[str, str]) -> Run:
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, *words], cwd=place, env={**outside(), **env},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while not _answers(port):
            assert process.poll() is None, f"{words} ended with {process.returncode}"
            assert time.monotonic() - began < 60, f"{words} never became ready"
            time.sleep(0.01)
        ready, cpu = time.monotonic() - began, _cpu(process.pid)
        time.sleep(IDLE_AFTER)
        return Run(ready, cpu, _resident(process.pid))
    finally:
        process.terminate()
        process.wait(20)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as got:
            return got.status == 200
    except OSError:
        return False


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def first_and_second_start() -> tuple[Run, Run]:
    """Of one site: with a database to be made, and with one that is there."""
    with folder() as place:
        runs = []
        for _ in range(2):
            port = unused_port()
            words = ("-m", "bridge", "run", "--port", str(port), "--config", "handrail.yaml")
            runs.append(run_once(words, port, place, {}))
        return runs[0], runs[1]


def bare() -> Run:
    with folder() as place:
        port = unused_port()
        return run_once(("-c", BARE, str(port)), port, place, {})


def help_seconds() -> float:
    began = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "bridge", "--help"], check=True, stdout=subprocess.DEVNULL,
        env=outside(),
    )  # fmt: skip
    return time.monotonic() - began


def imported() -> set[str]:
    """Packages in memory once the daemon's program and the default config file are loaded."""
    with folder() as place:
        done = subprocess.run(
            [sys.executable, "-c", IMPORTED], check=True, capture_output=True, text=True, cwd=place,
            env=outside(),
        )  # fmt: skip
        return set(done.stdout.split())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    first_and_second_start()  # bytecode is made once per installation, not once per start
    first, second, least, helps = [], [], [], []
    for number in range(rounds):
        new, again = first_and_second_start()
        first.append(new)
        second.append(again)
        least.append(bare())
        helps.append(help_seconds())
        print(f"round {number + 1}: ready in {new.ready:.2f} s, idle {new.idle:.0f} MB", file=sys.stderr)
    print(f"start and idle: {rounds} rounds; {machine()}")
    kept = report("ready, first start (makes the database)", [run.ready for run in first], "s ", READY_TARGET)
    kept &= report("ready, second start", [run.ready for run in second], "s ", READY_TARGET)
    report("ready, bare aiohttp", [run.ready for run in least], "s ")
    report("processor time, first start", [run.cpu for run in first], "s ")
    report("processor time, second start", [run.cpu for run in second], "s ")
    report("processor time, bare aiohttp", [run.cpu for run in least], "s ")
    kept &= report("resident when idle, first start", [run.idle for run in first], "MB", IDLE_TARGET)
    kept &= report("resident when idle, second start", [run.idle for run in second], "MB", IDLE_TARGET)
    report("resident when idle, bare aiohttp", [run.idle for run in least], "MB")
    kept &= report("handrail --help", helps, "s ", HELP_TARGET)
    loaded = sorted(imported() & set(NOT_CONFIGURED))
    print(f"libraries of platforms that are not configured: {', '.join(loaded) or 'none'} loaded")
    sys.exit(not kept or bool(loaded))


if __name__ == "__main__":
    main()
