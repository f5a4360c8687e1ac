"""The plumbing's numbers for Prometheus: every name stands in one list, with its labels."""

from dataclasses import dataclass
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest

M = TypeVar("M", Counter, Gauge, Histogram)

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the histograms of durations: from a local query to the limit of a statement."""


@dataclass(frozen=True)
class Spec:
    """One metric: its name, what it tells, and the names of its labels."""

    name: str
    tells: str
    labels: tuple[str, ...] = ()


OUTBOX_SENT = Spec("lmc_outbox_sent_total", "Events that Kafka has acknowledged", ("topic",))
OUTBOX_FAILURES = Spec("lmc_outbox_failures_total", "Times the relay had to begin anew")
OUTBOX_RELAY = Spec("lmc_outbox_relay_active", "1 while this copy holds the relay's lock")
OUTBOX_ROUND = Spec("lmc_outbox_round_seconds", "Reading, sending and marking one round of rows")
OUTBOX_OLDEST = Spec(
    "lmc_outbox_oldest_timestamp_seconds", "When the oldest unsent event was accepted; 0: none"
)
OUTBOX_WAIT = Spec("lmc_outbox_wait_seconds", "Age of the oldest event of a round when it is sent")
FOLLOW_RECORDS = Spec(
    "lmc_follow_records_total", "Records passed, by what became of them", ("topic", "outcome")
)
FOLLOW_BATCH = Spec("lmc_follow_batch_seconds", "One batch, from its records to its commit")
FOLLOW_AGAIN = Spec("lmc_follow_again_total", "Batches begun anew", ("reason",))
FOLLOW_LAG = Spec("lmc_follow_lag_records", "Records not yet passed", ("topic", "partition"))
LISTEN_EVENTS = Spec(
    "lmc_listen_events_total", "Events heard, by what became of them", ("topic", "outcome")
)
LISTEN_HANDLER = Spec("lmc_listen_handler_seconds", "One event, from its bytes to the commit")
LISTEN_RETRIES = Spec("lmc_listen_retries_total", "Times an event had to wait for the world")
QUARANTINE_RECORDS = Spec(
    "lmc_quarantine_records_total", "Records put into quarantine", ("topic", "code")
)
HTTP_REQUESTS = Spec("lmc_http_requests_total", "Requests answered", ("method", "route", "status"))
HTTP_SECONDS = Spec("lmc_http_request_seconds", "From a request's head to its answer", ("route",))


class Metrics:
    """The metrics of one process in a registry of its own; the names are the Specs above."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.outbox_sent = self._make(Counter, OUTBOX_SENT)
        self.outbox_failures = self._make(Counter, OUTBOX_FAILURES)
        self.outbox_relay = self._make(Gauge, OUTBOX_RELAY)
        self.outbox_round = self._histogram(OUTBOX_ROUND)
        self.outbox_oldest = self._make(Gauge, OUTBOX_OLDEST)
        self.outbox_wait = self._histogram(OUTBOX_WAIT)
        self.follow_records = self._make(Counter, FOLLOW_RECORDS)
        self.follow_batch = self._histogram(FOLLOW_BATCH)
        self.follow_again = self._make(Counter, FOLLOW_AGAIN)
        self.follow_lag = self._make(Gauge, FOLLOW_LAG)
        self.listen_events = self._make(Counter, LISTEN_EVENTS)
        self.listen_handler = self._histogram(LISTEN_HANDLER)
        self.listen_retries = self._make(Counter, LISTEN_RETRIES)
        self.quarantine_records = self._make(Counter, QUARANTINE_RECORDS)
        self.http_requests = self._make(Counter, HTTP_REQUESTS)
        self.http_seconds = self._histogram(HTTP_SECONDS)

    def page(self) -> bytes:
        """All metrics in Prometheus's text format."""
        return generate_latest(self.registry)

    def _make(self, kind: type[M], spec: Spec) -> M:
        return kind(spec.name, spec.tells, spec.labels, registry=self.registry)

    def _histogram(self, spec: Spec) -> Histogram:
        return Histogram(
            spec.name, spec.tells, spec.labels, registry=self.registry, buckets=SECONDS
        )
