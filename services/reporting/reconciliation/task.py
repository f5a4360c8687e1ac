"""Reconciles periodically: the replica with the lock runs what is due and exports the result."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from datetime import time as datetime_time
from typing import NoReturn

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from runtime.context import Context
from runtime.process import log
from runtime.process.clock import BELGRADE
from runtime.process.failures import TRANSIENT_ERRORS
from runtime.process.retry import RetryPolicy, reraise_if_cancelled
from runtime.storage.leader import LeaderLock, while_leading
from services.reporting.indicators import catalogue
from services.reporting.projection.definition_gate import DefinitionGate
from services.reporting.projection.freshness import ProgressTracker
from services.reporting.reconciliation.entries_check import RandomBelow
from services.reporting.reconciliation.log_check import SourceLog
from services.reporting.reconciliation.reconciler import (
    Reconciler,
    ReconciliationScope,
    RunKind,
)
from services.reporting.reconciliation.report import TOPICS
from services.reporting.reconciliation.repository import ReconciliationRun, ReconciliationTotals
from services.reporting.settings import ReportingSettings

_RECONCILIATION_LOCK = LeaderLock(5)
"""Its number: 1 and 2 are the runtime's, 3 is publication's."""
_TICK_SECONDS = 1.0
"""Between two checks what is due."""
_BACKLOG_RECORDS = 2_000
"""While more records wait to be projected, runs wait too; the age of the last run shows it."""

_LOG = log.get(__name__)


def reconciliation_task(
    freshness: ProgressTracker, gate: DefinitionGate, below: RandomBelow
) -> Callable[[Context], Awaitable[None]]:
    """Return the task that reconciles while this replica has the lock and the entries are ours.

    `below` returns a random number: where a sample begins.
    """

    async def reconcile(context: Context) -> None:
        gauges = _ReconciliationGauges()
        context.metrics.registry.register(gauges)
        await gate.wait_until_open()
        retry = RetryPolicy(lambda _: None)  # the projection counts retries
        leader = _ReconciliationLeader(context, freshness, gauges, below)
        while True:
            await retry.retry_forever(leader.lead)

    return reconcile


class _ReconciliationLeader:
    """What one replica does while it has the lock."""

    def __init__(
        self,
        context: Context,
        freshness: ProgressTracker,
        gauges: "_ReconciliationGauges",
        below: RandomBelow,
    ) -> None:
        assert isinstance(context.settings, ReportingSettings)  # noqa: S101 - the service declares them
        declared = context.declared
        kafka = SourceLog(context.settings.kafka, TOPICS)
        scope = ReconciliationScope(kafka, catalogue(declared), frozenset(declared.series))
        self._context = context
        self._settings = context.settings
        self._freshness = freshness
        self._gauges = gauges
        self._reconciler = Reconciler(context.pool, scope, context.clock, below)
        self._next_recheck_s = 0.0
        self._not_before_s = 0.0

    async def lead(self) -> None:
        """Do what is due until the connection that holds the lock is lost."""
        async with _RECONCILIATION_LOCK.session(self._context.pool) as connection:
            _LOG.info("reconciliation leader")
            try:
                await self._reconciler.repository.abort_unfinished(self._context.clock())
                await while_leading(connection, self._run())
            except TRANSIENT_ERRORS as error:
                _LOG.warning("no longer reconciliation leader", failure=log.describe(error))
            finally:
                self._gauges.show({}, None)

    async def _run(self) -> NoReturn:
        while True:
            repository = self._reconciler.repository
            self._gauges.show(await repository.last_runs(), await repository.totals())
            if time.monotonic() >= self._not_before_s:
                await self._attempt()
            await asyncio.sleep(_TICK_SECONDS)

    async def _attempt(self) -> None:
        """Do what is due; retry a failed run later, so that it does not end the projection here."""
        try:
            await self._do_what_is_due()
        except Exception as error:  # noqa: BLE001 - also bugs; the age of the last run shows it
            reraise_if_cancelled(error)
            _LOG.warning("reconciliation interrupted", failure=log.describe(error))
            self._not_before_s = time.monotonic() + self._settings.verify_recheck_s
            await self._reconciler.repository.abort_unfinished(self._context.clock())

    async def _do_what_is_due(self) -> None:
        if time.monotonic() >= self._next_recheck_s:
            await self._reconciler.recheck()
            self._next_recheck_s = time.monotonic() + self._settings.verify_recheck_s
        if self._freshness.lag > _BACKLOG_RECORDS or not await self._reconciler.definitions_match():
            return
        last = await self._reconciler.repository.last_runs()
        kind = due_run(self._context.clock(), last, self._settings.verify_sample_s)
        if kind is not None:
            await self._reconciler.run(kind)


_NIGHT = datetime_time(2, 30)
"""On the councils' calendar: few facts arrive, and 00:05 has published the day's changes."""
_ONE_DAY = timedelta(days=1)


def due_run(
    now: datetime, last: Mapping[str, ReconciliationRun], sample_s: float
) -> RunKind | None:
    """Return which run is due. Previous runs are in the database, so a restart forgets nothing.

    After a night without this program a complete run is due at once.
    """
    full = last.get("all")
    if full is None or full.started_at < last_full_run_time(now):
        return "all"
    newest = max(each.ended_at for each in last.values())
    return "sample" if now - newest >= timedelta(seconds=sample_s) else None


def last_full_run_time(now: datetime) -> datetime:
    """Return the last 02:30 in Belgrade."""
    local = now.astimezone(BELGRADE)
    at = datetime.combine(local.date(), _NIGHT, BELGRADE)
    return at if at <= local else datetime.combine(local.date() - _ONE_DAY, _NIGHT, BELGRADE)


class _ReconciliationGauges(Collector):
    """The last completed run of each kind, and what is withheld."""

    def __init__(self) -> None:
        self._last: Mapping[str, ReconciliationRun] = {}
        self._totals: ReconciliationTotals | None = None

    def show(
        self, last: Mapping[str, ReconciliationRun], totals: ReconciliationTotals | None
    ) -> None:
        """Export these values; none while another replica reconciles."""
        self._last, self._totals = last, totals

    def collect(self) -> Iterable[Metric]:
        """Return the gauges as they are now."""
        if self._totals is None:
            return
        yield from _runs(self._last, datetime.now(UTC))
        yield GaugeMetricFamily(
            "lmc_reporting_verify_differences",
            "Open discrepancies",
            value=self._totals.discrepancies,
        )
        yield GaugeMetricFamily(
            "lmc_reporting_withheld_tables",
            "Totals, once published as a number, that are withheld because of a discrepancy; zeros"
            " never written, splits and the layer exact are withheld with them and not counted",
            value=self._totals.withheld,
        )


def _runs(last: Mapping[str, ReconciliationRun], now: datetime) -> Iterable[Metric]:
    kind = ["kind"]
    age = GaugeMetricFamily(
        "lmc_reporting_verify_age_seconds", "Since the last completed run of a kind", labels=kind
    )
    agrees = GaugeMetricFamily(
        "lmc_reporting_verify_agrees",
        "1 if the last run of a kind found no discrepancy",
        labels=kind,
    )
    compared = GaugeMetricFamily(
        "lmc_reporting_verify_compared_rows",
        "Entries and records compared in the last run",
        labels=kind,
    )
    for name, each in last.items():
        age.add_metric([name], (now - each.ended_at).total_seconds())
        agrees.add_metric([name], each.agrees)
        compared.add_metric([name], each.compared)
    yield from (age, agrees, compared)
