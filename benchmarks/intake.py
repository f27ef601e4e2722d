"""How much of the bare HTTP rate is left once every call is on disk before its answer: `python -m benchmarks.intake`.

Each round starts the three servers of `intake_server` one after the other, in turns of a few seconds, and drives them
with the same calls from the same client process. Only the ratios mean anything on a small machine.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count

from benchmarks.clients import Load, drive, post
from benchmarks.postgres import fresh_database, running_postgres
from benchmarks.site import KEY, machine, percentile, ratio, report
from tests.nursery import ROOT, outside

ESCALATION = {
    "title": "Refund not received",
    "reason": {"code": "user_requested", "text": "asked for a person", "confidence": 0.31},
    "channel": "web",
    "priority": "high",
    "attributes": {"plan": "pro"},
    "summary": "Order 4411 was returned on 3 November; the bot could not see the payment.",
    "transcript": [{"id": "m1", "from": "user", "text": "Where is my refund?"}],
}
MODES = ("bare", "handrail", "each")


@asynccontextmanager
async def server(mode: str, store_url: str) -> AsyncIterator[int]:
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.intake_server", mode, store_url, cwd=ROOT, env=outside(),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert running.stdout is not None
    assert running.stdin is not None
    try:
        yield int(await asyncio.wait_for(running.stdout.readline(), 60))
    finally:
        running.stdin.close()
        await running.wait()


def escalations(port: int, first: int = 0) -> Iterator[bytes]:
    for number in count(first):
        user = {"external_id": f"u-{number}", "name": "Mara", "locale": "en-GB"}
        body = {**ESCALATION, "conversation": {"external_id": f"web-{number}"}, "user": user}
        yield post(port, "/v1/tickets", KEY, f"open-{number}", json.dumps(body).encode())


def messages(port: int, ticket: str) -> Iterator[bytes]:
    for number in count():
        body = {"external_id": f"said-{number}", "text": "And the refund? I have been waiting since Monday."}
        yield post(port, f"/v1/tickets/{ticket}/messages", KEY, f"say-{number}", json.dumps(body).encode())


async def new_tickets(mode: str, store_url: str, seconds: float, *, first: int = 0) -> Load:
    """Sixty-four clients open tickets, in conversations numbered from `first` on."""
    async with server(mode, store_url) as port:
        calls = escalations(port, first)
        await drive(port, calls, clients=64, seconds=1.0)
        return (await drive(port, calls, clients=64, seconds=seconds)).only(201)


async def one_ticket(mode: str, store_url: str, seconds: float) -> Load:
    """Two hundred clients write to one ticket."""
    async with server(mode, store_url) as port:
        ticket = await _opened(port)
        calls = messages(port, ticket)
        await drive(port, calls, clients=200, seconds=1.0)
        return (await drive(port, calls, clients=200, seconds=seconds)).only(201)


async def _opened(port: int) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(next(escalations(port)))
    answer = await reader.readuntil(b'"number"')
    writer.close()
    return answer.partition(b'"id":"')[2].partition(b'"')[0].decode()


async def measure(rounds: int, seconds: float) -> bool:
    print(f"intake: {rounds} rounds of {seconds:g} s a server; {machine()}")
    rates: dict[tuple[str, str], list[float]] = {}
    slow: dict[tuple[str, str], list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="handrail-bench-") as folder, running_postgres() as postgres:
        for number in range(rounds):
            for mode, store in ((m, s) for s in ("sqlite", "postgres") for m in MODES):
                if mode == "bare" and store == "postgres":
                    continue
                for what, run in (("new tickets", new_tickets), ("one ticket", one_ticket)):
                    if mode == "each" and what == "one ticket":
                        continue
                    name = f"{mode}-{store}-{what[:3]}-{number}"
                    url = f"sqlite://{folder}/{name}.db" if store == "sqlite" else await fresh_database(postgres)
                    load = await run(mode, url, seconds)
                    key = (what, mode if mode == "bare" else f"{mode} on {store}")
                    rates.setdefault(key, []).append(load.rate)
                    slow.setdefault(key, []).append(percentile(load.took, 99) * 1000)
                    print(f"round {number + 1}: {what}, {key[1]}: {load.rate:.0f}/s", file=sys.stderr)
    return _told(rates, slow)


def _told(rates: dict[tuple[str, str], list[float]], slow: dict[tuple[str, str], list[float]]) -> bool:
    for (what, mode), found in rates.items():
        report(f"{what}, {mode}", found, "calls/s")
        report(f"{what}, {mode}, p99", slow[what, mode], "ms")
    new, one = "new tickets", "one ticket"
    bare = rates[new, "bare"]
    kept = ratio("SQLite ÷ bare", rates[new, "handrail on sqlite"], bare, 0.40)
    kept &= ratio("SQLite ÷ a transaction each", rates[new, "handrail on sqlite"], rates[new, "each on sqlite"], 6)
    kept &= ratio("PostgreSQL ÷ bare", rates[new, "handrail on postgres"], bare, 0.45)
    ratio("PostgreSQL ÷ a transaction each", rates[new, "handrail on postgres"], rates[new, "each on postgres"])
    kept &= ratio("200 clients on one ticket, SQLite ÷ bare", rates[one, "handrail on sqlite"], rates[one, "bare"], 0.3)
    return kept & ratio(
        "200 clients on one ticket, PostgreSQL ÷ bare", rates[one, "handrail on postgres"], rates[one, "bare"], 0.3
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    given = parser.parse_args()
    sys.exit(not asyncio.run(measure(given.rounds, given.seconds)))


if __name__ == "__main__":
    main()
