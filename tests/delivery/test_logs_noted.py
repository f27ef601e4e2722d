"""What the operators' page repeats of the log: our own event names and harmless facts, nothing else."""

import io
import logging

import structlog

from bridge import logs


def test_warnings_are_kept_with_harmless_facts_only_and_counted():
    flush = logs.configure("INFO", json=True, stream=io.StringIO())
    try:
        log = structlog.get_logger("handrail.test")
        log.info("all_is_well", lane="slack/C1")
        for _ in range(3):
            log.warning("lane_slow", lane="slack/C1", text="words of a person", reason="token xoxb-1234567890-abcdef")
        logging.getLogger("some.vendor").error("said with words of a person")

        vendor, ours = logs.noted()[:2]
    finally:
        flush()

    assert (vendor.event, vendor.level, vendor.facts) == ("some.vendor", "error", ())
    assert (ours.event, ours.times, dict(ours.facts)) == (
        "lane_slow", 3, {"lane": "slack/C1", "reason": "token ***"},
    )  # fmt: skip
