"""Runs all checks once, and builds their report: for `lmc verify` and for a rebuild."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from runtime.process.clock import Clock
from runtime.storage.pool import Pool
from schemas.declared_codes import DeclaredCodes
from services.reporting.indicators import catalogue
from services.reporting.projection.fingerprint import definitions_fingerprint
from services.reporting.projection.freshness import CONSUMED_TOPICS
from services.reporting.queries.snapshot import snapshot
from services.reporting.reconciliation.entries_check import check_entries
from services.reporting.reconciliation.log_check import SourceLog, check_log
from services.reporting.reconciliation.model import (
    Check,
    PartitionPosition,
    Progress,
    ReconciliationReport,
    no_progress,
)
from services.reporting.reconciliation.queries import PartitionState, ReconciliationQueries
from services.reporting.reconciliation.reports_check import check_reports

TOPICS = tuple(topic.name for topic in CONSUMED_TOPICS)


async def reconcile(
    pool: Pool,
    log: SourceLog,
    declared: DeclaredCodes,
    clock: Clock,
    progress: Progress = no_progress,
) -> ReconciliationReport:
    """Run all checks; reads only, and the projection may go on.

    Raises Unavailable or one of TRANSIENT_ERRORS if Kafka or the database becomes unavailable.
    """
    report = await reconcile_projection(pool, log, declared, clock, progress)
    reports = await check_reports(pool, catalogue(declared), progress)
    return replace(
        report,
        agrees=report.agrees and not reports.differs,
        checks=(*report.checks, reports),
    )


async def reconcile_projection(
    pool: Pool,
    log: SourceLog,
    declared: DeclaredCodes,
    clock: Clock,
    progress: Progress = no_progress,
) -> ReconciliationReport:
    """Check what is derived from the log, live or staged; published reports are not checked."""
    definitions = catalogue(declared)
    entries = await check_entries(pool, definitions, progress)
    facts, partitions = await check_log(pool, log, definitions, progress)
    return await build_report(pool, clock, (entries, facts), partitions)


async def build_report(
    pool: Pool, clock: Clock, checks: tuple[Check, ...], partitions: Sequence[PartitionState]
) -> ReconciliationReport:
    """Return the report of the checks; they agree only if the entries follow our definitions."""
    async with snapshot(pool) as connection:
        stored = await ReconciliationQueries(connection).definitions_fingerprint()
    fingerprint = definitions_fingerprint()
    return ReconciliationReport(
        made_at=clock(),
        agrees=not any(check.differs for check in checks) and stored in {None, fingerprint},
        definitions_fingerprint=fingerprint.hex(),
        entries_fingerprint=stored.hex() if stored else None,
        checks=checks,
        positions=tuple(
            PartitionPosition(*each.partition, each.next_offset) for each in partitions
        ),
    )


def source_log(bootstrap: str, topics: Collection[str] = TOPICS) -> SourceLog:
    """Return the log that reporting consumes."""
    return SourceLog(bootstrap, topics)
