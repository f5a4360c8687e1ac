"""Records of the log beside what became of them: facts, quarantine, or nothing at all."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from runtime.batch import Record
from runtime.kafka import Partition
from runtime.postgres import Pool
from runtime.reread import reread
from services.reporting.answering.reading import one_instant
from services.reporting.counting.fold import subject_code
from services.reporting.counting.history import Fact
from services.reporting.counting.indicator import Indicator
from services.reporting.folding.heard import Heard, decoded, firsts
from services.reporting.proof.certificate import Difference
from services.reporting.proof.comparison import compare
from services.reporting.proof.store import Evidence, Kept
from services.reporting.proof.suspicion import (
    Finding,
    Kind,
    Suspect,
    classes_of,
    doubt_of_place,
    doubts_of_event,
    doubts_of_kinds,
)
from services.reporting.tables.doubt import Doubt, of_log


class Wrong(NamedTuple):
    """A record that did not become what it had to: its event, and the fact of that name if any."""

    record: Record
    what: str
    event: Heard | None = None
    kept: Kept | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of so many records, and which of them it is wrong of."""

    records: int
    outcomes: Counter[str]
    wrong: tuple[Wrong, ...]


async def judge(pool: Pool, place: Partition, records: Sequence[Record]) -> Judged:
    """What became of each record, as facts and quarantine show it at one instant.

    How far the partition is folded is read at the same instant: what lies behind is no concern.
    """
    hearing = decoded(records)
    async with one_instant(pool) as connection:
        evidence = Evidence(connection)
        account = await evidence.account(place)
        aside = await evidence.quarantined(place, records[0].offset, records[-1].offset)
        facts = await evidence.named(list(firsts(hearing.heard)))
    hearing = hearing.before(0 if account is None else account.next_offset)
    outcomes = Counter(ignored=len(hearing.ignored), quarantined=len(hearing.refused))
    wrong: list[Wrong] = []
    for event in hearing.heard:
        is_aside = event.record.offset in aside
        outcomes["quarantined" if is_aside else "said"] += 1
        if not is_aside:
            wrong += _compared(event, facts.get(event.name))
    for record, problem in hearing.refused:
        if record.offset not in aside:
            told = f"it is refused ({problem.code}), but not in quarantine"
            wrong.append(Wrong(record, told))
    return Judged(len(records), +outcomes, tuple(wrong))


async def look_at_record(
    pool: Pool, bootstrap: str, catalogue: Sequence[Indicator], at: tuple[Partition, int]
) -> Finding | None:
    """One record, read again, beside what became of it at this instant."""
    place, offset = at
    async for records in reread(bootstrap, place, offset, offset + 1):
        for wrong in (await judge(pool, place, records)).wrong:
            return await finding_of(pool, catalogue, wrong)
    return None


async def finding_of(pool: Pool, catalogue: Sequence[Indicator], wrong: Wrong) -> Finding:
    """What a wrong record casts doubt on.

    Every measure that counts such facts at its council, and each cell that the fact as it was said
    would change. A record that is refused, and of a type not known, counts nowhere.
    """
    record = wrong.record
    where = f"{record.topic} partition {record.partition} offset {record.offset}"
    doubts = dict.fromkeys(_by_type(catalogue, wrong))
    said = None if wrong.event is None else _fact(wrong.event)
    if wrong.event is not None and said is not None:
        apart = await compare(pool, catalogue, wrong.event.codes, [said])
        doubts |= dict.fromkeys(map(of_log, apart.doubts(catalogue)))
    suspect = Suspect(Kind.RECORD, None, *record.place, record.offset)
    return Finding(suspect, (Difference(where, wrong.what),), tuple(doubts))


def _compared(event: Heard, fact: Kept | None) -> Iterator[Wrong]:
    if fact is None:
        yield Wrong(event.record, "it is no fact, and not in quarantine", event)
    elif event.digest != fact.stored:
        told = "the fact of this name has another digest"
        yield Wrong(event.record, told, event, fact)
    elif fact.stored != fact.computed:
        yield Wrong(event.record, "the stored fact is not what was said", event, fact)
    elif fact.recorded_at > event.recorded_at:
        yield Wrong(event.record, "the fact was known earlier than is stored", event, fact)


def _by_type(catalogue: Sequence[Indicator], wrong: Wrong) -> Iterator[Doubt]:
    said = None if wrong.event is None else wrong.event.envelope.data
    if said is not None and wrong.event is not None:
        place = getattr(said, "municipality", None)
        yield from doubts_of_event(catalogue, said, place)
        if subject_code(wrong.event.envelope) is None:
            # Targets and reports make no entries, but numbers are read beside them.
            yield doubt_of_place(place)
    if wrong.kept is not None:
        kinds = classes_of(wrong.kept.type)
        yield from doubts_of_kinds(catalogue, kinds, wrong.kept.municipality)


def _fact(event: Heard) -> Fact | None:
    """The fact that the event must have become; None if its type is not known here."""
    said = event.envelope
    if said.data is None:
        return None
    return Fact(
        *(said.source, said.fact_type, said.version, said.subject, said.factid, said.revision),
        *(said.id, event.recorded_at, said.data),
    )
