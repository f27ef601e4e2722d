"""Names by Prometheus' conventions; labels by ours."""

import ast
import re

from prometheus_client.core import Metric

from bridge.metrics import Metrics
from tests.source_tree import ROOT

UNITS = ("_seconds", "_bytes", "_total", "_ratio", "_info", "_timestamp_seconds")
COUNTS_OF_THINGS = {
    "handrail_tickets_open", "handrail_outbox_waiting", "handrail_platform_up", "handrail_config_reload_success",
    "handrail_catch_up_threads",
}  # fmt: skip
"""Gauges of a number of things, or of yes and no: they have no unit."""
BOUNDED = {
    "platform", "what", "ending", "scope", "owner", "route", "method", "status", "shore", "try", "bot", "result", "le",
    "job", "reason", "kind", "state",
}  # fmt: skip
"""Each has as many values as the config file or our own code has names."""
NAME = re.compile(r"handrail_[a-z][a-z0-9_]*[a-z0-9]")


def families() -> list[Metric]:
    return list(Metrics().registry.collect())


def test_every_metric_is_named_after_us_with_its_unit() -> None:
    for family in families():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        assert NAME.fullmatch(name), name
        assert name.endswith(UNITS) or name in COUNTS_OF_THINGS, name
        assert not re.search(r"_(milliseconds|ms|minutes|count|sum|bucket)$", family.name), family.name


def test_every_metric_says_what_it_is() -> None:
    for family in families():
        assert family.documentation.endswith((".", ")")) or " " in family.documentation, family.name
        assert len(family.documentation) < 130, family.name


def test_no_metric_is_labelled_by_a_person_or_a_ticket() -> None:
    source = (ROOT / "bridge" / "metrics.py").read_text()
    made = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and len(node.args) > 2]
    labels = {name for call in made for name in ast.literal_eval(call.args[2])}
    assert "platform" in labels
    assert labels <= BOUNDED, labels - BOUNDED


def test_the_measures_have_the_names_dashboards_use() -> None:
    names = {f"{f.name}_total" if f.type == "counter" else f.name for f in families()}
    assert names >= {
        "handrail_ticket_claim_seconds",
        "handrail_ticket_first_response_seconds",
        "handrail_tickets_open",
        "handrail_queue_oldest_seconds",
        "handrail_outbox_age_seconds",
        "handrail_platform_ratelimited_total",
    }
