"""A few hundred seeds, and the promise that each can be replayed."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEEDS = int(os.environ.get("HANDRAIL_SEEDS", "200"))
WORKERS = 2


def _simulate(*said: str, hashes: str = "random") -> subprocess.CompletedProcess[str]:
    """In processes of its own: it replaces the threads and the entropy of the one it runs in."""
    command = [sys.executable, "-m", "tests.simulation", *said]
    env = {**os.environ, "PYTHONHASHSEED": hashes}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_whatever_goes_wrong_the_middle_the_world_and_the_model_agree():
    done = _simulate("--seeds", str(SEEDS), "--workers", str(WORKERS))
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_seed_makes_the_same_trace_in_every_process():
    one, other = _simulate("--seed", "18", hashes="1"), _simulate("--seed", "18", hashes="2")
    assert one.returncode == 0, one.stdout + one.stderr
    assert one.stdout == other.stdout
