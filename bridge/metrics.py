"""Every metric by name, unit and labels. Never labelled by user, member or ticket.

One `Metrics` per daemon, each with a registry of its own, so that two daemons in one process do not count together.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

WAITS = (60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
"""Seconds people may wait: the first hour as on-call tools count it, then working days."""
LAGS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
CALLS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15)
"""Seconds a call to a shore may take."""


class Metrics:
    """What the daemon counts. Rooms get this object and count on its attributes."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._of_delivery(self.registry)
        self._of_catching_up(self.registry)
        self._of_shores(self.registry)
        self._of_tickets(self.registry)
        self._of_people(self.registry)
        self._of_relay(self.registry)
        self._of_daemon(self.registry)
        self._of_api(self.registry)

    def _of_delivery(self, registry: CollectorRegistry) -> None:
        self.deliveries = Counter(
            "handrail_deliveries",
            "Attempts to deliver by how they ended (done, retry, unknown, dead).",
            ["platform", "what", "ending"],
            registry=registry,
        )
        self.delivery_seconds = Histogram(
            "handrail_delivery_seconds", "One call to a shore.", ["platform"], registry=registry, buckets=CALLS
        )
        self.outbox_age = Gauge(
            "handrail_outbox_age_seconds",
            "Age of the oldest undelivered delivery, by platform (bot: all callbacks).",
            ["platform"],
            registry=registry,
        )
        self.outbox_waiting = Gauge(
            "handrail_outbox_waiting", "Deliveries not yet made, by platform.", ["platform"], registry=registry
        )
        self.adopted = Counter(
            "handrail_deliveries_adopted",
            "Posts of unknown outcome that were found on the platform instead of being posted twice.",
            ["platform"],
            registry=registry,
        )
        self.promoted = Counter(
            "handrail_outbox_promoted",
            "Waiting deliveries without a predecessor that a sweep had to promote; must stay 0.",
            registry=registry,
        )

        self.repaired = Counter(
            "handrail_duplicates_repaired",
            "Posts that stood a second time and were deleted, as their own event told us.",
            ["platform"],
            registry=registry,
        )

    def _of_catching_up(self, registry: CollectorRegistry) -> None:
        self.caught_up = Counter(
            "handrail_caught_up", "Events found by reading threads again.", ["platform"], registry=registry
        )
        self.gaps = Counter(
            "handrail_platform_gaps",
            "Times in which events of a platform may have been missed; its threads are read again after each.",
            ["platform"],
            registry=registry,
        )
        self.catch_up_left = Gauge(
            "handrail_catch_up_threads", "Threads still to be read again.", ["platform"], registry=registry
        )
        self.catch_up_seconds = Gauge(
            "handrail_catch_up_left_seconds",
            "How long reading them takes at the platform's pace.",
            ["platform"],
            registry=registry,
        )

    def _of_shores(self, registry: CollectorRegistry) -> None:
        self.ratelimited = Counter(
            "handrail_platform_ratelimited",
            "How often a shore asked us to slow down.",
            ["platform", "scope"],
            registry=registry,
        )
        self.platform_up = Gauge(
            "handrail_platform_up", "1 while a platform takes deliveries.", ["platform"], registry=registry
        )
        self.config_good = Gauge(
            "handrail_config_reload_success", "1 while the config file is as read last, 0 while it is refused.",
            registry=registry,
        )  # fmt: skip
        self.config_loaded_at = Gauge(
            "handrail_config_reload_timestamp_seconds", "When the rules in force were read.", registry=registry
        )
        self.endpoints_disabled = Counter(
            "handrail_endpoints_disabled", "Callback endpoints that answered 410.", ["bot"], registry=registry
        )

    def _of_tickets(self, registry: CollectorRegistry) -> None:
        self.tickets_open = Gauge(
            "handrail_tickets_open", "Tickets that are not closed.", ["owner", "route"], registry=registry
        )
        self.queue_oldest = Gauge(
            "handrail_queue_oldest_seconds", "Age of the oldest ticket nobody has.", registry=registry
        )

    def _of_people(self, registry: CollectorRegistry) -> None:
        self.claim_seconds = Histogram(
            "handrail_ticket_claim_seconds",
            "From a ticket's opening to its first claim, counted where the claim was decided.",
            ["route"],
            registry=registry,
            buckets=WAITS,
        )
        self.first_response_seconds = Histogram(
            "handrail_ticket_first_response_seconds",
            "From a ticket's opening to the first words of a member for its user; a reopening does not begin anew.",
            ["route"],
            registry=registry,
            buckets=WAITS,
        )
        self.escalation_seconds = Histogram(
            "handrail_escalation_seconds",
            "From the time a bot signed its escalation (whole seconds) to the committed ticket.",
            registry=registry,
            buckets=CALLS,
        )

    def _of_relay(self, registry: CollectorRegistry) -> None:
        self.post_seconds = Histogram(
            "handrail_post_seconds",
            "From the commit of a thread or message to its being visible in chat; rate limits show here.",
            ["platform"],
            registry=registry,
            buckets=(*CALLS, 30, 60, 300, 900, 3600),
        )
        self.callbacks = Counter(
            "handrail_callbacks",
            "Callbacks that ended, by whether a bot took them at the first try, a later one, or never.",
            ["try"],
            registry=registry,
        )
        self.events_repeated = Counter(
            "handrail_events_repeated",
            "Events that came again and were answered as the first time, by where they came from.",
            ["shore"],
            registry=registry,
        )
        self.relayed = Counter(
            "handrail_relayed",
            "Words between user and team by what became of them: sent, failed (the bot refused), not_shown (chat did).",
            ["ending"],
            registry=registry,
        )

    def _of_daemon(self, registry: CollectorRegistry) -> None:
        self.loop_lag = Histogram(
            "handrail_loop_lag_seconds",
            "How late the daemon's loop comes to what is due.",
            registry=registry,
            buckets=LAGS,
        )
        self.writer_lag = Gauge(
            "handrail_writer_lag_seconds", "How long the oldest write has waited for its commit.", registry=registry
        )

    def _of_api(self, registry: CollectorRegistry) -> None:
        self.api_requests = Counter(
            "handrail_api_requests",
            "Requests by route template, method and status.",
            ["route", "method", "status"],
            registry=registry,
        )
        self.api_ratelimited = Counter(
            "handrail_api_ratelimited",
            "Calls refused with 429, by bot; `(stranger)` for callers nobody recognised.",
            ["bot"],
            registry=registry,
        )
        self.api_seconds = Histogram(
            "handrail_api_request_seconds",
            "From the request's headers to its answer; polls include the time they waited.",
            ["route"],
            registry=registry,
            buckets=(0.005, *CALLS, 30),
        )

    def exposition(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)
