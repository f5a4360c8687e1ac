"""Runs reconciliations of the service: stores what differs, and checks it again."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from runtime.messaging.records import Partition
from runtime.process import log
from runtime.process.clock import Clock
from runtime.process.errors import Unavailable
from runtime.storage.pool import Pool
from services.reporting.domain.indicator import Indicator
from services.reporting.projection.fingerprint import definitions_fingerprint
from services.reporting.queries.snapshot import snapshot
from services.reporting.reconciliation.entries_check import (
    RandomBelow,
    check_entries,
    sample_entries,
)
from services.reporting.reconciliation.log_check import (
    LogReading,
    SourceLog,
    check_fact_count,
    check_identity,
    check_log,
    check_partition,
    readable_partitions,
    sample_log,
)
from services.reporting.reconciliation.model import (
    RULE,
    Check,
    Difference,
    Discrepancy,
    DiscrepancyKind,
    Finding,
    Pacing,
    ReconciliationReport,
)
from services.reporting.reconciliation.queries import PartitionState, ReconciliationQueries
from services.reporting.reconciliation.recompute import check_code, check_unknown_subject
from services.reporting.reconciliation.record_check import check_record
from services.reporting.reconciliation.report import build_report
from services.reporting.reconciliation.reports_check import (
    check_council_reports,
    check_reports,
    sample_reports,
)
from services.reporting.reconciliation.repository import (
    OpenDiscrepancy,
    ReconciliationRepository,
    RunResult,
)
from services.reporting.tables.holds import HOLD_ON_EVERYTHING

_SAMPLE_SECONDS = 15.0
"""Per check of a sample: with its pauses a fiftieth of a processor every ten minutes."""
_RECHECK_SECONDS = 20.0
"""Time of one round of rechecks; the others have their turn in the next."""
_SUBJECTS, _RECORDS = 100, 200
"""In a slice: some hundredths of a second in which the process does nothing else."""

_LOG = log.get(__name__)

_READ_FROM_LOG: Final = frozenset({DiscrepancyKind.RECORD, DiscrepancyKind.PARTITION})

RunKind = Literal["sample", "all"]
"""A run checks a sample, or everything."""


class _TooManyDiscrepancies(Exception):  # noqa: N818 - not an error: it ends a run early
    """So much differs that everything is withheld."""


@dataclass(frozen=True, slots=True)
class RunLimits:
    """How many discrepancies a run finds at most, and its pauses as multiples of the work.

    If there are more, everything is withheld and the run ends. It pauses because the projection
    shares the process.
    """

    discrepancies_max: int = 200
    sample_pause: float = 4.0
    all_pause: float = 2.0


DEFAULT_LIMITS = RunLimits()


@dataclass(frozen=True, slots=True)
class ReconciliationScope:
    """What is checked, by which definitions."""

    log: SourceLog
    catalogue: Sequence[Indicator]
    series: frozenset[str]


class Reconciler:
    """Runs reconciliations of one installation; only the replica that has the lock may."""

    def __init__(
        self,
        pool: Pool,
        scope: ReconciliationScope,
        clock: Clock,
        below: RandomBelow,
        limits: RunLimits = DEFAULT_LIMITS,
    ) -> None:
        self._pool = pool
        self._scope = scope
        self._clock = clock
        self._below = below
        self._limits = limits
        self.repository = ReconciliationRepository(pool)

    async def run(self, kind: RunKind) -> bool:
        """Check a sample or everything, store how it ended, and return whether all agrees.

        A sample that finds a wrong number of facts becomes a complete run.
        """
        if kind == "sample" and await self._has_wrong_fact_count():
            kind = "all"
        run = await self.repository.begin(kind, self._clock())
        pacing = self._pacing(run, kind)
        try:
            result = self._result(await self._run_checks(kind, pacing))
        except _TooManyDiscrepancies:
            found = self._limits.discrepancies_max
            report = {"agrees": False, "rule": RULE, "ended": f"after {found} discrepancies"}
            result = RunResult(self._clock(), 0, found, agrees=False, report=json.dumps(report))
        if kind == "all" and result.agrees:
            await self.repository.resolve_all(self._clock())
        await self.repository.end(run, result)
        _LOG.info("reconciled", kind=kind, compared=result.compared, differs=result.differs)
        return result.agrees

    async def recheck(self) -> int:
        """Check open discrepancies again, for some time; return how many are resolved.

        When only TOO_MANY is open, everything is checked, which resolves it. Discrepancies of
        records that Kafka no longer has stay open: they cannot be checked.
        """
        resolved, ends_s = 0, time.monotonic() + _RECHECK_SECONDS
        opened = await self.repository.open(2 * self._limits.discrepancies_max)
        if opened and all(each.discrepancy.kind is DiscrepancyKind.TOO_MANY for each in opened):
            return len(opened) if await self.run("all") else 0
        for id_, run, discrepancy in await self._checkable(opened):
            if time.monotonic() > ends_s:
                break
            if not await self.definitions_match():
                continue
            finding = await self._check_again(discrepancy)
            if finding is None:
                await self.repository.resolve([id_], self._clock())
                resolved += 1
            else:
                await self.repository.upsert(run, finding, self._clock())
        return resolved

    async def _checkable(self, opened: Sequence[OpenDiscrepancy]) -> list[OpenDiscrepancy]:
        """Return what can be checked one by one, without records that Kafka no longer has."""
        kinds = {each.discrepancy.kind for each in opened}
        readable: set[Partition] = set()
        if not kinds.isdisjoint(_READ_FROM_LOG):
            states = await readable_partitions(self._scope.log, await self._partitions())
            readable = {each.partition for each in states}
        return [
            each
            for each in opened
            if each.discrepancy.kind is not DiscrepancyKind.TOO_MANY
            and (
                each.discrepancy.kind not in _READ_FROM_LOG
                or (each.discrepancy.topic, each.discrepancy.partition) in readable
            )
        ]

    async def definitions_match(self) -> bool:
        """Whether the entries follow this program's definitions: others would all seem wrong."""
        async with snapshot(self._pool) as connection:
            series = self._scope.series
            return await ReconciliationQueries(connection).follows(
                definitions_fingerprint(), series
            )

    async def _run_checks(self, kind: RunKind, pacing: Pacing) -> ReconciliationReport:
        pool, log, definitions = self._pool, self._scope.log, self._scope.catalogue
        facts: tuple[Check, list[PartitionState]]
        if kind == "all":
            entries = await check_entries(pool, definitions, pacing=pacing)
            facts = await check_log(pool, log, definitions, pacing=pacing)
            reports = await check_reports(pool, definitions, pacing=pacing)
        else:
            seconds = _SAMPLE_SECONDS
            entries = await sample_entries(pool, definitions, self._below, seconds, pacing)
            chance = (self._below, seconds)
            facts = await sample_log(pool, log, definitions, chance, pacing)
            reports = await sample_reports(pool, definitions, *chance, pacing)
        check, partitions = facts
        return await build_report(pool, self._clock, (entries, check, reports), partitions)

    def _pacing(self, run: int, kind: RunKind) -> Pacing:
        """Store each finding at once: its cells are withheld before the run ends."""
        count, found_max = 0, self._limits.discrepancies_max

        async def store(finding: Finding) -> None:
            nonlocal count
            if not await self.definitions_match():
                raise Unavailable("the definitions have changed during the run")
            count += 1
            if count > found_max:
                await self.repository.upsert(run, _too_many(found_max), self._clock())
                raise _TooManyDiscrepancies
            _LOG.error("discrepancy", kind=finding.discrepancy.kind, run=run)
            await self.repository.upsert(run, finding, self._clock())

        pause = self._limits.sample_pause if kind == "sample" else self._limits.all_pause
        return Pacing(store, pause, _SUBJECTS, _RECORDS)

    def _result(self, report: ReconciliationReport) -> RunResult:
        return RunResult(
            self._clock(),
            sum(check.compared for check in report.checks),
            sum(check.differs for check in report.checks),
            report.agrees,
            report.without_codes(),
        )

    async def _has_wrong_fact_count(self) -> bool:
        log = self._scope.log
        return await check_fact_count(self._pool, log) is not None

    async def _check_again(self, discrepancy: Discrepancy) -> Finding | None:
        """Check one discrepancy now."""
        pool, log, definitions = self._pool, self._scope.log, self._scope.catalogue
        match discrepancy:
            case Discrepancy(DiscrepancyKind.SUBJECT, code=str(code)):
                return await check_code(pool, definitions, code)
            case Discrepancy(DiscrepancyKind.UNKNOWN_SUBJECT, number=int(number)):
                return await check_unknown_subject(pool, definitions, number)
            case Discrepancy(DiscrepancyKind.RECORD, None, str(topic), int(partition), int(offset)):
                at = ((topic, partition), offset)
                return await check_record(pool, log.bootstrap, definitions, at)
            case Discrepancy(DiscrepancyKind.PARTITION, None, str(topic), int(partition)):
                pacing = Pacing(pause_ratio=self._limits.sample_pause, records=_RECORDS)
                reading = LogReading(pool, log, definitions, Check("log", ""), pacing)
                return await check_partition(reading, (topic, partition))
            case Discrepancy(DiscrepancyKind.REPORTS, code=str(council)):
                return await check_council_reports(pool, definitions, council)
            case _:
                return await self._check_log_again(discrepancy)

    async def _check_log_again(self, discrepancy: Discrepancy) -> Finding | None:
        """Check what is not about a single person or record."""
        if discrepancy.kind is DiscrepancyKind.FACT_COUNT:
            return await check_fact_count(self._pool, self._scope.log)
        found = await check_identity(self._scope.log, await self._partitions())
        return next((each for each in found if each.discrepancy == discrepancy), None)

    async def _partitions(self) -> list[PartitionState]:
        async with snapshot(self._pool) as connection:
            return await ReconciliationQueries(connection).partitions(self._scope.log.topics)


def _too_many(found_max: int) -> Finding:
    return Finding(
        Discrepancy(DiscrepancyKind.TOO_MANY),
        (Difference("everything", f"more than {found_max} discrepancies"),),
        (HOLD_ON_EVERYTHING,),
    )
