"""What one subject's records become: facts, entries and accounts; pure, as the live fold has it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from runtime.batch import Record
from schemas.registration import PersonMerged
from services.reporting.counting.fold import entries_of, subject_code
from services.reporting.counting.history import Fact
from services.reporting.counting.indicator import Entry, Indicator
from services.reporting.folding.heard import Heard, Hearing, Name, Refused, decoded
from services.reporting.folding.judge import Judged, refused

Outcomes = Counter[tuple[str, str]]
"""How many records there were by (topic, outcome)."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What the live fold has decided of records, and what a rebuild therefore obeys.

    `refused` has the digests of the contents that lost a conflict; `aside` the (topic, offset) of
    records of this partition that brought us down.
    """

    refused: Mapping[Name, frozenset[bytes]]
    aside: frozenset[tuple[str, int]]


@dataclass(slots=True)
class Sheet:
    """What is to be written: gathered subject by subject, written and emptied now and then."""

    facts: list[Heard] = field(default_factory=list)
    people: list[tuple[str, Sequence[Entry]]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    decisions: list[tuple[Name, bytes, bytes]] = field(default_factory=list)
    apart: set[str] = field(default_factory=set)
    outcomes: Outcomes = field(default_factory=Counter)


def fold_subject(
    records: Sequence[Record], decided: Decided, catalogue: Sequence[Indicator], sheet: Sheet
) -> None:
    """Fold all records of one key, each topic's in the order of the log.

    The entries of codes that a merge names, and of those whose records do not carry them as their
    key, hang on facts that lie elsewhere: they are noted as `apart`, and computed anew at the end.
    """
    hearing = decoded(_without_bugs(records, decided, sheet))
    judged = _judged(hearing, decided)
    fresh = _known_since(judged)
    _account(hearing, judged, sheet)
    sheet.facts += fresh
    told: dict[str, list[Fact]] = {}
    for event in fresh:
        code = subject_code(event.envelope)
        if code is not None:
            facts = told.setdefault(code, [])
            if (fact := _fact(event)) is not None:
                facts.append(fact)
        if type(event.envelope.data) is PersonMerged:
            sheet.apart.update(event.codes)
    for code, facts in told.items():
        if code.encode() != records[0].key:
            sheet.apart.add(code)
        sheet.people.append((code, entries_of(facts, catalogue)))


def _without_bugs(records: Sequence[Record], decided: Decided, sheet: Sheet) -> Sequence[Record]:
    if not decided.aside:
        return records
    kept = [each for each in records if (each.topic, each.offset) not in decided.aside]
    for record in records:
        if (record.topic, record.offset) in decided.aside:
            sheet.outcomes[record.topic, "quarantined"] += 1
    return kept


def _judged(hearing: Hearing, decided: Decided) -> Judged:
    """Which events are facts: the live fold's decisions first, then the first of each name."""
    judged = Judged()
    first: dict[Name, Heard] = {}
    for event in hearing.heard:
        known = first.get(event.name)
        if decided.refused and event.digest in decided.refused.get(event.name, ()):
            judged.conflicts.append((event, None))
        elif known is None:
            first[event.name] = event
            judged.fresh.append(event)
        elif known.digest != event.digest:
            judged.conflicts.append((event, known.digest))
        else:
            judged.duplicates.append(event)
            since = judged.earlier.get(event.name, known.recorded_at)
            if event.recorded_at < since:
                judged.earlier[event.name] = event.recorded_at
    return judged


def _known_since(judged: Judged) -> Sequence[Heard]:
    """The new facts, each known from the earliest instant that any of its tellings was."""
    if not judged.earlier:
        return judged.fresh
    return [
        event._replace(recorded_at=judged.earlier.get(event.name, event.recorded_at))
        for event in judged.fresh
    ]


def _account(hearing: Hearing, judged: Judged, sheet: Sheet) -> None:
    """Note what became of each record."""
    outcomes = sheet.outcomes
    for event in judged.fresh:
        outcomes[event.record.topic, "folded"] += 1
    for event in judged.duplicates:
        outcomes[event.record.topic, "duplicate"] += 1
    for record in hearing.ignored:
        outcomes[record.topic, "ignored"] += 1
    put_aside = refused(hearing, judged)
    for record, _ in put_aside:
        outcomes[record.topic, "quarantined"] += 1
    sheet.refused += put_aside
    sheet.decisions += [
        (event.name, event.digest, kept) for event, kept in judged.conflicts if kept is not None
    ]


def _fact(event: Heard) -> Fact | None:
    """The event as the fold takes it; None for a type or version that is not known here."""
    said = event.envelope
    if said.data is None:
        return None
    return Fact(
        said.source,
        said.fact_type,
        said.version,
        said.subject,
        said.factid,
        said.revision,
        said.id,
        event.recorded_at,
        said.data,
    )
