"""The gauges of the projection's progress, and the task that keeps them up to date."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from runtime.context import Context
from runtime.process.failures import TRANSIENT_ERRORS
from services.reporting.projection.freshness import ProgressTracker, ProjectionProgress

_CHECK_SECONDS = 1.0


class _ProjectionGauges(Collector):
    """How far the projection is behind the log, from the last check."""

    def __init__(self) -> None:
        self._progress: ProjectionProgress | None = None

    def set_progress(self, progress: ProjectionProgress) -> None:
        """Export the result of this check."""
        self._progress = progress

    def collect(self) -> Iterable[Metric]:
        """Yield the gauges; none before the first check."""
        if self._progress is None:
            return
        yield from _gauges(self._progress, datetime.now(UTC))


def freshness_task(freshness: ProgressTracker) -> Callable[[Context], Awaitable[None]]:
    """Return the task that checks the log once a second, for `freshness` and the gauges."""

    async def watch(context: Context) -> None:
        gauges = _ProjectionGauges()
        context.metrics.registry.register(gauges)
        while True:
            with contextlib.suppress(*TRANSIENT_ERRORS):  # the consumer reports the same outage
                gauges.set_progress(await freshness.check(context))
            await asyncio.sleep(_CHECK_SECONDS)

    return watch


def _gauges(progress: ProjectionProgress, now: datetime) -> Iterable[Metric]:
    labels = ["topic", "partition"]
    lag = GaugeMetricFamily("lmc_reporting_lag_records", "Records not yet projected", labels=labels)
    position = GaugeMetricFamily(
        "lmc_reporting_position_offset", "Next offset to project", labels=labels
    )
    difference = GaugeMetricFamily(
        "lmc_reporting_accounting_difference_records",
        "Offsets passed that are neither projected, duplicate, quarantined, ignored nor lost",
        labels=labels,
    )
    quarantined = GaugeMetricFamily(
        "lmc_reporting_quarantined_records", "Records in quarantine", labels=labels
    )
    for each in progress.partitions:
        label = (each.topic, str(each.partition))
        lag.add_metric(label, each.lag)
        position.add_metric(label, each.next_offset)
        difference.add_metric(label, each.next_offset - each.accounted)
        quarantined.add_metric(label, each.quarantined)
    yield from (lag, position, difference, quarantined)
    if progress.projected_through is not None:
        yield GaugeMetricFamily(
            "lmc_reporting_projection_age_seconds",
            "Age of the newest state of the log that is projected",
            value=(now - progress.projected_through).total_seconds(),
        )
