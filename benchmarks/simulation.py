"""The middle under seeded faults and deaths: `python -m benchmarks.simulation [SEEDS]`; exits 1 if anything broke."""

import subprocess
import sys


def main() -> int:
    """Its own processes, so that what it replaces in them (threads, entropy) is gone afterwards."""
    seeds = sys.argv[1] if len(sys.argv) > 1 else "300"
    command = [sys.executable, "-m", "tests.simulation", "--seeds", seeds, "--workers", "2"]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
