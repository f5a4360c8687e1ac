"""Compares records of the log with what became of them: a fact, quarantine, or nothing."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from runtime.messaging.log_reader import read_range
from runtime.messaging.records import Partition, Record
from runtime.storage.pool import Pool
from services.reporting.domain.fold import subject_code
from services.reporting.domain.indicator import Indicator
from services.reporting.projection.decode import DecodedEvent, decode_batch
from services.reporting.queries.snapshot import snapshot
from services.reporting.reconciliation.model import (
    Difference,
    Discrepancy,
    DiscrepancyKind,
    Finding,
    classes_of,
    hold_of_council,
    holds_of_classes,
    holds_of_event,
)
from services.reporting.reconciliation.queries import ReconciliationQueries, StoredFact
from services.reporting.reconciliation.recompute import compare_linked
from services.reporting.tables.holds import Hold, hold_on_facts


class WrongRecord(NamedTuple):
    """A record that did not become what it should: its event, and the stored fact of that name."""

    record: Record
    what: str
    event: DecodedEvent | None = None
    stored: StoredFact | None = None


@dataclass(frozen=True, slots=True)
class RecordsResult:
    """What became of some records, and which of them are wrong."""

    records: int
    outcomes: Counter[str]
    wrong: tuple[WrongRecord, ...]


async def compare_records(
    pool: Pool, partition: Partition, records: Sequence[Record]
) -> RecordsResult:
    """Return what became of each record, as facts and quarantine show it in one snapshot.

    Records after the partition's position in that snapshot are ignored.
    """
    batch = decode_batch(records)
    async with snapshot(pool) as connection:
        queries = ReconciliationQueries(connection)
        state = await queries.partition(partition)
        quarantined = await queries.quarantined(partition, records[0].offset, records[-1].offset)
        facts = await queries.facts_named(list({event.key for event in batch.events}))
    batch = batch.before(0 if state is None else state.next_offset)
    outcomes = Counter(ignored=len(batch.ignored), quarantined=len(batch.rejected))
    wrong: list[WrongRecord] = []
    for event in batch.events:
        is_quarantined = event.record.offset in quarantined
        outcomes["quarantined" if is_quarantined else "decoded"] += 1
        if not is_quarantined:
            wrong += _compared(event, facts.get(event.key))
    for record, problem in batch.rejected:
        if record.offset not in quarantined:
            what = f"it is refused ({problem.code}), but not in quarantine"
            wrong.append(WrongRecord(record, what))
    return RecordsResult(len(records), +outcomes, tuple(wrong))


async def check_record(
    pool: Pool, bootstrap: str, catalogue: Sequence[Indicator], at: tuple[Partition, int]
) -> Finding | None:
    """Read one record again, and compare it with what became of it."""
    partition, offset = at
    async for records in read_range(bootstrap, partition, offset, offset + 1):
        for wrong in (await compare_records(pool, partition, records)).wrong:
            return await finding_for(pool, catalogue, wrong)
    return None


async def finding_for(pool: Pool, catalogue: Sequence[Indicator], wrong: WrongRecord) -> Finding:
    """Return the finding about a wrong record, with its holds.

    Held are every measure that counts such facts at its council, and each cell that the published
    fact would change. A refused record of an unknown type counts nowhere.
    """
    record = wrong.record
    where = f"{record.topic} partition {record.partition} offset {record.offset}"
    holds = dict.fromkeys(_by_type(catalogue, wrong))
    fact = None if wrong.event is None else wrong.event.fact
    if wrong.event is not None and fact is not None:
        difference = await compare_linked(pool, catalogue, wrong.event.affected_codes, [fact])
        holds |= dict.fromkeys(map(hold_on_facts, difference.holds(catalogue)))
    discrepancy = Discrepancy(DiscrepancyKind.RECORD, None, *record.topic_partition, record.offset)
    return Finding(discrepancy, (Difference(where, wrong.what),), tuple(holds))


def _compared(event: DecodedEvent, fact: StoredFact | None) -> Iterator[WrongRecord]:
    if fact is None:
        yield WrongRecord(event.record, "it is no fact, and not in quarantine", event)
    elif event.digest != fact.stored:
        what = "the fact of this name has another digest"
        yield WrongRecord(event.record, what, event, fact)
    elif fact.stored != fact.computed:
        yield WrongRecord(event.record, "the stored fact is not what was published", event, fact)
    elif fact.recorded_at > event.recorded_at:
        yield WrongRecord(event.record, "the fact was known earlier than stored", event, fact)


def _by_type(catalogue: Sequence[Indicator], wrong: WrongRecord) -> Iterator[Hold]:
    event = None if wrong.event is None else wrong.event.envelope.data
    if event is not None and wrong.event is not None:
        municipality = getattr(event, "municipality", None)
        yield from holds_of_event(catalogue, event, municipality)
        if subject_code(wrong.event.envelope) is None:
            # Targets and reports make no entries, but are displayed with the numbers.
            yield hold_of_council(municipality)
    if wrong.stored is not None:
        classes = classes_of(wrong.stored.type)
        yield from holds_of_classes(catalogue, classes, wrong.stored.municipality)
