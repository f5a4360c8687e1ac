"""Second check: the facts equal what the log says, up to the positions."""

import time
from collections import Counter
from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field

from runtime.messaging import admin
from runtime.messaging.log_reader import read_range
from runtime.messaging.records import Partition
from runtime.messaging.topic_identity import Watermarks
from runtime.storage.pool import Pool
from services.reporting.domain.indicator import Indicator
from services.reporting.projection.decode import EventKey
from services.reporting.queries.snapshot import snapshot
from services.reporting.reconciliation.entries_check import RandomBelow
from services.reporting.reconciliation.model import (
    NO_PAUSE,
    Check,
    Difference,
    Discrepancy,
    DiscrepancyKind,
    Finding,
    Pacing,
    Progress,
    no_progress,
)
from services.reporting.reconciliation.queries import PartitionState, ReconciliationQueries
from services.reporting.reconciliation.record_check import (
    RecordsResult,
    WrongRecord,
    compare_records,
    finding_for,
)
from services.reporting.tables.holds import HOLD_ON_EVERYTHING

_COMPARES = "the log up to the positions with facts, quarantine and counted duplicates"
_MISSING_MAX = 10_000
"""Names of missing facts remembered, to explain a wrong number of facts."""
_STRETCH_RECORDS = 1000
"""Records of a partition that a sample reads in a row."""


@dataclass(frozen=True, slots=True)
class SourceLog:
    """The log that is checked."""

    bootstrap: str
    topics: Collection[str]


@dataclass(slots=True)
class LogReading:
    """A log that is being read: where findings are reported, and which facts are missing."""

    pool: Pool
    log: SourceLog
    catalogue: Sequence[Indicator]
    check: Check
    pacing: Pacing
    missing: set[EventKey] = field(default_factory=set)

    async def report(self, finding: Finding) -> None:
        """Count a finding, and pass it on."""
        self.check.add(*finding.differences)
        await self.pacing.on_finding(finding)

    async def partitions(self) -> list[PartitionState]:
        """Return how far each partition is projected now."""
        async with snapshot(self.pool) as connection:
            return await ReconciliationQueries(connection).partitions(self.log.topics)


async def check_log(
    pool: Pool,
    log: SourceLog,
    catalogue: Sequence[Indicator],
    progress: Progress = no_progress,
    pacing: Pacing = NO_PAUSE,
) -> tuple[Check, list[PartitionState]]:
    """Read every partition up to its position; return the partitions that could be read too.

    A partition that Kafka does not have completely is a finding, and is not read. Memory is
    bounded: a slice of records, and the names of missing facts up to _MISSING_MAX.
    """
    reading = LogReading(pool, log, catalogue, Check("log", _COMPARES), pacing)
    partitions = await _check_identity(reading)
    total = sum(each.next_offset for each in partitions)
    done = 0

    def count(records: int) -> None:
        nonlocal done
        done += records
        progress(reading.check.name, done, total)

    for each in partitions:
        await _check_whole_partition(reading, each, count)
    if await check_fact_count(pool, log, reading.missing) is not None:
        finding = await check_fact_count(pool, log, reading.missing)
        if finding is not None:
            await reading.report(finding)
    return reading.check, partitions


async def sample_log(
    pool: Pool,
    log: SourceLog,
    catalogue: Sequence[Indicator],
    chance: tuple[RandomBelow, float],
    pacing: Pacing,
) -> tuple[Check, list[PartitionState]]:
    """Read random stretches of random partitions, until the time is up or all had one.

    `chance`: a random number generator, and for how many seconds. The identity of every partition
    is checked.
    """
    below, seconds = chance
    compares = f"stretches of {_COMPARES}, for {seconds:.0f} seconds from random offsets"
    reading = LogReading(pool, log, catalogue, Check("log", compares), pacing)
    partitions = await _check_identity(reading)
    waiting, ends_s = [each for each in partitions if each.next_offset], time.monotonic() + seconds
    while waiting and time.monotonic() < ends_s:
        state = waiting.pop(below(len(waiting)))
        begin = below(state.next_offset)
        end = min(state.next_offset, begin + _STRETCH_RECORDS)
        async for result in _compared(reading, state.partition, begin, end):
            reading.check.compared += result.records
            await _recheck(reading, state.partition, result.wrong)
    return reading.check, partitions


async def check_identity(log: SourceLog, partitions: Sequence[PartitionState]) -> list[Finding]:
    """Return the partitions that are missing, incomplete, or not those that were projected."""
    held = await _watermarks(log, partitions)
    findings = []
    for each in partitions:
        differences = [Difference(_where(each.partition), what) for what in _wrong(each, held)]
        if differences:
            discrepancy = Discrepancy(DiscrepancyKind.TOPIC, None, *each.partition)
            findings.append(_of_log(discrepancy, differences))
    return findings


async def readable_partitions(
    log: SourceLog, partitions: Sequence[PartitionState]
) -> list[PartitionState]:
    """Return the partitions of which Kafka has every record that was projected."""
    held = await _watermarks(log, partitions)
    return [each for each in partitions if _is_complete(each, held.get(each.partition))]


async def check_fact_count(
    pool: Pool, log: SourceLog, missing: Collection[EventKey] = ()
) -> Finding | None:
    """Compare the number of facts with the projected records, except those known to be missing."""
    async with snapshot(pool) as connection:
        queries = ReconciliationQueries(connection)
        projected = sum(each.counts.applied for each in await queries.partitions(log.topics))
        facts = await queries.fact_count()
    if 0 <= projected - facts <= len(missing):  # some of them may be stored by now
        return None
    what = f"{facts} are stored, {projected} were projected"
    return _of_log(Discrepancy(DiscrepancyKind.FACT_COUNT), [Difference("facts", what)])


async def check_partition(reading: LogReading, partition: Partition) -> Finding | None:
    """Compare the record counts of a whole partition, up to its position now."""
    async with snapshot(reading.pool) as connection:
        state = await ReconciliationQueries(connection).partition(partition)
    if state is None:
        return None
    found: Counter[str] = Counter()
    async for result in _compared(reading, partition, 0, state.next_offset):
        found += result.outcomes
    return _count_finding(state, found)


async def _check_identity(reading: LogReading) -> list[PartitionState]:
    """Report wrong partitions, confirmed at new positions; return those that can be read."""
    partitions = await reading.partitions()
    if await check_identity(reading.log, partitions):
        for finding in await check_identity(reading.log, await reading.partitions()):
            await reading.report(finding)
    return await readable_partitions(reading.log, partitions)


async def _watermarks(
    log: SourceLog, partitions: Sequence[PartitionState]
) -> dict[Partition, Watermarks]:
    """Return the watermarks of those partitions that Kafka has.

    Raises Unavailable if Kafka does not answer: that is no finding.
    """
    ids = await admin.topic_ids(log.bootstrap, {each.partition[0] for each in partitions})
    requested = {each.partition for each in partitions if each.partition[0] in ids}
    starts = await admin.start_offsets(log.bootstrap, requested)
    ends = await admin.end_offsets(log.bootstrap, requested)
    return {
        each: Watermarks(ids[each[0]], starts[each], ends[each])
        for each in requested & starts.keys() & ends.keys()
    }


def _is_complete(state: PartitionState, held: Watermarks | None) -> bool:
    return held is not None and held.start == 0 and held.end >= state.next_offset


def _wrong(state: PartitionState, held: Mapping[Partition, Watermarks]) -> Iterator[str]:
    """Say what is wrong with the partition in Kafka."""
    found = held.get(state.partition)
    if found is None:
        yield "not in Kafka: the topic was deleted, or created again with fewer partitions"
        return
    if found.topic_id != state.topic_id:
        yield "the topic was deleted and created again"
    if found.start > 0:
        yield f"the log begins at {found.start}"
    if found.end < state.next_offset:
        yield f"the log ends at {found.end}, {state.next_offset} were projected"


async def _check_whole_partition(
    reading: LogReading, state: PartitionState, count: Callable[[int], None]
) -> None:
    """Check a whole partition; call `count` after each slice with its number of records."""
    found: Counter[str] = Counter()
    async for result in _compared(reading, state.partition, 0, state.next_offset):
        found += result.outcomes
        reading.check.compared += result.records
        await _recheck(reading, state.partition, result.wrong)
        count(result.records)
    if _count_finding(state, found) is not None:
        finding = await check_partition(reading, state.partition)
        if finding is not None:
            await reading.report(finding)


async def _compared(
    reading: LogReading, partition: Partition, begin: int, end: int
) -> AsyncIterator[RecordsResult]:
    """Read a range of a partition, compare it slice by slice, and pause between slices."""
    async for records in read_range(reading.log.bootstrap, partition, begin, end):
        for first in range(0, len(records), reading.pacing.records):
            begun_s = time.monotonic()
            some = records[first : first + reading.pacing.records]
            yield await compare_records(reading.pool, partition, some)
            await reading.pacing.pause_after(begun_s)


async def _recheck(reading: LogReading, partition: Partition, wrong: Sequence[WrongRecord]) -> None:
    """Check wrong records a second time, in a new snapshot; report what still differs."""
    if not wrong:
        return
    still = await compare_records(reading.pool, partition, [each.record for each in wrong])
    for each in still.wrong:
        if each.event is not None and each.stored is None and len(reading.missing) < _MISSING_MAX:
            reading.missing.add(each.event.key)
        await reading.report(await finding_for(reading.pool, reading.catalogue, each))


def _count_finding(state: PartitionState, found: Counter[str]) -> Finding | None:
    """Compare what the records became with what was counted when they were projected."""
    counts, where = state.counts, _where(state.partition)
    expected = {
        "decoded": counts.applied + counts.duplicate,
        "quarantined": counts.quarantined,
        "ignored": counts.ignored,
    }
    gaps = state.next_offset - found.total()
    actual = found + Counter(ignored=gaps)
    differences = [
        Difference(where, f"{actual[outcome]} records {outcome}, {count} counted")
        for outcome, count in expected.items()
        if actual[outcome] != count
    ]
    discrepancy = Discrepancy(DiscrepancyKind.PARTITION, None, *state.partition)
    return _of_log(discrepancy, differences) if differences else None


def _of_log(discrepancy: Discrepancy, differences: Iterable[Difference]) -> Finding:
    """Return a finding that holds everything: it is unknown which facts are wrong."""
    return Finding(discrepancy, tuple(differences), (HOLD_ON_EVERYTHING,))


def _where(partition: Partition) -> str:
    return f"{partition[0]} partition {partition[1]}"
