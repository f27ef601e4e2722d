import io
import json
import logging
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from bridge.logs import configure, masked
from bridge.metrics import Metrics

SECRETS = [
    "xoxb-123456789012-abcdefghij",
    "xoxe.xoxp-1-abcdefgh",
    "xapp-1-A012345-678-abcdef",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "hr_5dQ0Zk2mB8xVt7",
    "MTE4MDAwMDAwMDAwMDAwMDAw.GabcDE.abcdefghijklmnopqrstuvwxyz012345678",
]


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    stream = io.StringIO()
    stop = configure("INFO", json=True, stream=stream)

    def read() -> list[dict[str, Any]]:
        stop()
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    yield read
    stop()


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_never_reaches_a_line_wherever_it_stands(secret, lines):
    log = structlog.get_logger()
    log.warning("lane_paused", reason=f"token {secret} refused", nested={"headers": [secret]})
    logging.getLogger("vendor").warning("calling with %s", secret)
    try:
        int(secret)
    except ValueError:
        log.exception("drain_failed")

    written = lines()
    assert len(written) == 3
    assert secret not in json.dumps(written)
    assert written[0]["event"] == "lane_paused"


def test_authorization_headers_and_passwords_in_addresses_are_masked():
    assert masked("Authorization: Bearer abcdefghijklmnop123") == "Authorization: Bearer ***"
    assert masked("postgres://me:secret@db:5432/x") == "postgres://***@db:5432/x"


def test_plain_words_are_left_alone():
    text = "lane acme-slack/C0HELP paused for 30 s, https://bot.example/handrail"
    assert masked(text) == text


def test_long_values_are_cut_and_lines_below_the_level_are_not_written(lines):
    log = structlog.get_logger()
    log.debug("drain_began")
    log.info("answer_read", body="x" * 100_000, items=list(range(1000)))

    (line,) = lines()
    assert len(line["body"]) < 3000
    assert len(line["items"]) == 50


def test_a_stuck_reader_never_blocks_who_logs():
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as far_end:
        stream = os.fdopen(writer, "w")
        stop = configure("INFO", json=True, stream=stream)
        log = structlog.get_logger()
        for number in range(15_000):  # more than the pipe and the queue hold; nobody reads
            log.info("delivered", number=number)

        written = threading.Thread(target=far_end.read)
        written.start()
        stop()
        stream.close()
        written.join(timeout=10)
        assert not written.is_alive()


def test_two_daemons_in_one_process_count_apart():
    one, other = Metrics(), Metrics()
    one.ratelimited.labels(platform="acme-slack", scope="lane").inc()

    assert b'handrail_platform_ratelimited_total{platform="acme-slack",scope="lane"} 1.0' in one.exposition()
    assert b'platform="acme-slack"' not in other.exposition()
