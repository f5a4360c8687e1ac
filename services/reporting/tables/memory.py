"""The same tables counted in memory, from entries that are stored nowhere."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

from schemas.periods import Period
from services.reporting.counting.indicator import Entry, Kind
from services.reporting.tables.table import (
    TOTAL,
    Counted,
    Table,
    Value,
    councils,
    observed_at,
    shown,
    shown_observation,
    window,
)

Subjects = Iterable[tuple[str, Entry]]
"""Entries, each with the subject that it counts."""


def values(table: Table, entries: Subjects, today: date) -> list[Value]:
    """The table of any kind and split, by the rules of the tables in the database."""
    if table.measure.kind is Kind.OBSERVED:
        mine = [entry for _, entry in entries if entry.measure == table.name]
        return [shown_observation(_observation(table, mine))]
    rows = in_cells(table, entries)
    counted = (_counted(bucket, rows[bucket]) for bucket in sorted(rows))
    return shown(table, counted, today)


def in_cells(table: Table, entries: Subjects) -> Mapping[str, Sequence[tuple[str, Entry]]]:
    """What counts in the table, by bucket."""
    mine = (each for each in entries if each[1].measure == table.name)
    return _by_bucket(table, filter(_cell(table), mine))


def _cell(table: Table) -> Callable[[tuple[str, Entry]], bool]:
    """Whether an entry lies in the place and the period."""
    places = frozenset(councils(table.place))
    first, last, until_after = window(table.measure.kind, table.period)

    def holds(each: tuple[str, Entry]) -> bool:
        entry = each[1]
        is_open = entry.until is None or entry.until > until_after
        return entry.municipality in places and first <= entry.on <= last and is_open

    return holds


def _by_bucket(table: Table, entries: Subjects) -> Mapping[str, Sequence[tuple[str, Entry]]]:
    rows: dict[str, list[tuple[str, Entry]]] = defaultdict(list)
    for each in entries:
        for split, bucket in (*each[1].buckets, (TOTAL, TOTAL)):
            if split == table.split:
                rows[bucket].append(each)
    return rows


def _counted(bucket: str, entries: Sequence[tuple[str, Entry]]) -> Counted:
    amounts = [entry.amount for _, entry in entries]
    persons = len({subject for subject, _ in entries})
    middle = median(float(amount) for amount in amounts)
    return Counted(bucket, persons, Decimal(sum(amounts)), len(entries), middle)


def _observation(table: Table, entries: Iterable[Entry]) -> Decimal | None:
    """What was said for exactly this place and period; of a to-period the latest that ends in it.

    Of several that end on one day the shortest.
    """
    place = observed_at(table.place)
    said = [
        (entry.until, entry.on, entry.amount)
        for entry in entries
        if entry.municipality == place and entry.until and _answers(entry, table.period)
    ]
    return Decimal(max(said)[2]) if said else None


def _answers(entry: Entry, period: Period) -> bool:
    after = period.last + timedelta(days=1)
    if period.first is None:
        return entry.until is not None and entry.until <= after
    return (entry.on, entry.until) == (period.first, after)
