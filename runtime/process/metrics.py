"""The runtime's metrics for Prometheus: every name in one list, with its labels."""

from dataclasses import dataclass
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest

_M = TypeVar("_M", Counter, Gauge, Histogram)

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the histograms of durations: from a local query to a statement's time limit."""


@dataclass(frozen=True)
class _MetricSpec:
    """One metric: its name, its help text and the names of its labels."""

    name: str
    description: str
    labels: tuple[str, ...] = ()


_OUTBOX_SENT = _MetricSpec("lmc_outbox_sent_total", "Events acknowledged by Kafka", ("topic",))
_OUTBOX_FAILURES = _MetricSpec("lmc_outbox_failures_total", "Restarts of the relay after a failure")
_OUTBOX_RELAY = _MetricSpec(
    "lmc_outbox_relay_active", "1 while this replica holds the relay's leader lock"
)
_OUTBOX_ROUND = _MetricSpec(
    "lmc_outbox_round_seconds", "Duration of reading, sending and marking one round of rows"
)
_OUTBOX_OLDEST = _MetricSpec(
    "lmc_outbox_oldest_timestamp_seconds", "When the oldest unsent event was accepted; 0: none"
)
_OUTBOX_WAIT = _MetricSpec(
    "lmc_outbox_wait_seconds", "Age of the oldest event of a round when it is sent"
)
_PROJECTION_RECORDS = _MetricSpec(
    "lmc_projection_records_total", "Records consumed, by outcome", ("topic", "outcome")
)
_PROJECTION_BATCH = _MetricSpec(
    "lmc_projection_batch_seconds", "Duration of one batch, from its records to its commit"
)
_PROJECTION_RETRIES = _MetricSpec(
    "lmc_projection_retries_total", "Retries of a batch, by reason", ("reason",)
)
_PROJECTION_LAG = _MetricSpec(
    "lmc_projection_lag_records", "Records not yet consumed", ("topic", "partition")
)
_CONSUMER_EVENTS = _MetricSpec(
    "lmc_consumer_events_total", "Events consumed, by outcome", ("topic", "outcome")
)
_CONSUMER_HANDLER = _MetricSpec(
    "lmc_consumer_handler_seconds", "Duration of one event, from its bytes to its commit"
)
_CONSUMER_RETRIES = _MetricSpec(
    "lmc_consumer_retries_total", "Retries because a dependency was unavailable"
)
_CONSUMER_DEFERRED = _MetricSpec(
    "lmc_consumer_deferred_events", "Events that wait for a version that knows their type"
)
QUARANTINE_RECORDS = _MetricSpec(
    "lmc_quarantine_records_total", "Records put into quarantine", ("topic", "code")
)
_HTTP_REQUESTS = _MetricSpec(
    "lmc_http_requests_total", "Requests answered", ("method", "route", "status")
)
_HTTP_SECONDS = _MetricSpec(
    "lmc_http_request_seconds", "Duration from a request's head to its response", ("route",)
)


class Metrics:
    """The metrics of one process in a registry of its own; the names are the specs above."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.outbox_sent = self._make(Counter, _OUTBOX_SENT)
        self.outbox_failures = self._make(Counter, _OUTBOX_FAILURES)
        self.outbox_relay = self._make(Gauge, _OUTBOX_RELAY)
        self.outbox_round = self._histogram(_OUTBOX_ROUND)
        self.outbox_oldest = self._make(Gauge, _OUTBOX_OLDEST)
        self.outbox_wait = self._histogram(_OUTBOX_WAIT)
        self.projection_records = self._make(Counter, _PROJECTION_RECORDS)
        self.projection_batch = self._histogram(_PROJECTION_BATCH)
        self.projection_retries = self._make(Counter, _PROJECTION_RETRIES)
        self.projection_lag = self._make(Gauge, _PROJECTION_LAG)
        self.consumer_events = self._make(Counter, _CONSUMER_EVENTS)
        self.consumer_handler = self._histogram(_CONSUMER_HANDLER)
        self.consumer_retries = self._make(Counter, _CONSUMER_RETRIES)
        self.consumer_deferred = self._make(Gauge, _CONSUMER_DEFERRED)
        self.quarantine_records = self._make(Counter, QUARANTINE_RECORDS)
        self.http_requests = self._make(Counter, _HTTP_REQUESTS)
        self.http_seconds = self._histogram(_HTTP_SECONDS)

    def exposition(self) -> bytes:
        """Return all metrics in Prometheus's text format."""
        return generate_latest(self.registry)

    def _make(self, metric_class: type[_M], spec: _MetricSpec) -> _M:
        return metric_class(spec.name, spec.description, spec.labels, registry=self.registry)

    def _histogram(self, spec: _MetricSpec) -> Histogram:
        return Histogram(
            spec.name, spec.description, spec.labels, registry=self.registry, buckets=_SECONDS
        )
