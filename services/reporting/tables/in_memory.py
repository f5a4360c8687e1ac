"""The rules of the tables applied in memory, to entries that are not stored in the database."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

from schemas.periods import Period
from services.reporting.domain.indicator import Entry, MeasureKind
from services.reporting.tables.table import (
    TOTAL,
    BucketCount,
    Table,
    Value,
    councils_at,
    observation_place,
    observation_value,
    table_values,
    window,
)

SubjectEntry = tuple[str, Entry]
"""(canonical code of the subject, one of its entries)."""
SubjectEntries = Iterable[SubjectEntry]


def values_in_memory(table: Table, entries: SubjectEntries, today: date) -> list[Value]:
    """Return the values of a table of any kind and split, by the rules of `TableQueries`."""
    return values_of_entries(table, contributing_entries(table, entries), today)


def values_of_entries(
    table: Table, contributing: Sequence[SubjectEntry], today: date
) -> list[Value]:
    """Return the values of a table from exactly the entries that contribute to it."""
    if table.measure.kind is MeasureKind.OBSERVED:
        return [observation_value(Decimal(contributing[0][1].amount) if contributing else None)]
    rows = _group_by_bucket(table, contributing)
    return table_values(table, (_count(bucket, rows[bucket]) for bucket in sorted(rows)), today)


def entries_by_bucket(
    table: Table, entries: SubjectEntries
) -> Mapping[str, Sequence[SubjectEntry]]:
    """Return the entries that contribute to a table, by bucket."""
    return _group_by_bucket(table, contributing_entries(table, entries))


def contributing_entries(
    table: Table, entries: SubjectEntries, bucket: str | None = None
) -> list[SubjectEntry]:
    """Return the entries that contribute to a table, or to one bucket of it."""
    if table.measure.kind is MeasureKind.OBSERVED:
        return _observation(table, list(entries))
    of_measure = [each for each in entries if each[1].measure == table.name]
    in_cell = filter(_in_cell_filter(table), of_measure)
    return [each for each in in_cell if _is_in_bucket(each[1], table.split, bucket)]


def _is_in_bucket(entry: Entry, split: str, bucket: str | None) -> bool:
    """Return whether an entry is in the bucket, or, without one, in any bucket of the split."""
    if split == TOTAL:
        return bucket in (None, TOTAL)
    return any(name == split and bucket in (None, own) for name, own in entry.buckets)


def _in_cell_filter(table: Table) -> Callable[[SubjectEntry], bool]:
    """Return the test whether an entry lies in the table's place and period."""
    places = frozenset(councils_at(table.place))
    first, last, until_after = window(table.measure.kind, table.period)

    def is_in_cell(each: SubjectEntry) -> bool:
        entry = each[1]
        is_open = entry.until is None or entry.until > until_after
        return entry.municipality in places and first <= entry.on <= last and is_open

    return is_in_cell


def _group_by_bucket(table: Table, entries: SubjectEntries) -> Mapping[str, Sequence[SubjectEntry]]:
    rows: dict[str, list[SubjectEntry]] = defaultdict(list)
    for each in entries:
        for split, bucket in (*each[1].buckets, (TOTAL, TOTAL)):
            if split == table.split:
                rows[bucket].append(each)
    return rows


def _count(bucket: str, entries: Sequence[SubjectEntry]) -> BucketCount:
    amounts = [entry.amount for _, entry in entries]
    persons = len({subject for subject, _ in entries})
    middle = median(float(amount) for amount in amounts)
    return BucketCount(bucket, persons, Decimal(sum(amounts)), len(entries), middle)


def _observation(table: Table, entries: Sequence[SubjectEntry]) -> list[SubjectEntry]:
    """Return the figure published for exactly this place and period: one entry, or none.

    For a to-period that is the latest figure whose own period ends in it; of several that end on
    one day the one with the shortest period. A base must belong to the figure that is shown.
    """
    place = observation_place(table.place)
    here = [each for each in entries if each[1].municipality == place]
    observed = (
        entry
        for _, entry in here
        if entry.measure == table.observed_measure and _matches_period(entry, table.period)
    )
    latest = max(map(_recency, observed), default=None)
    return [each for each in here if each[1].measure == table.name and _recency(each[1]) == latest]


def _recency(entry: Entry) -> tuple[date, date]:
    """Return (day after the observation's period, its first day): the greatest is shown."""
    return (entry.until or date.max, entry.on)


def _matches_period(entry: Entry, period: Period) -> bool:
    after = period.last + timedelta(days=1)
    if period.first is None:
        return entry.until is not None and entry.until <= after
    return (entry.on, entry.until) == (period.first, after)
