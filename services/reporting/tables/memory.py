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

Counting = tuple[str, Entry]
"""An entry with the subject that it counts."""
Subjects = Iterable[Counting]


def values(table: Table, entries: Subjects, today: date) -> list[Value]:
    """The table of any kind and split, by the rules of the tables in the database."""
    return counted(table, behind(table, entries), today)


def counted(table: Table, mine: Sequence[Counting], today: date) -> list[Value]:
    """The table that the entries behind it make."""
    if table.measure.kind is Kind.OBSERVED:
        return [shown_observation(Decimal(mine[0][1].amount) if mine else None)]
    rows = _by_bucket(table, mine)
    return shown(table, (_counted(bucket, rows[bucket]) for bucket in sorted(rows)), today)


def in_cells(table: Table, entries: Subjects) -> Mapping[str, Sequence[Counting]]:
    """What counts in the table, by bucket."""
    return _by_bucket(table, behind(table, entries))


def behind(table: Table, entries: Subjects, bucket: str | None = None) -> list[Counting]:
    """The entries that make the numbers of a table, or that of one bucket."""
    if table.measure.kind is Kind.OBSERVED:
        return _observation(table, list(entries))
    mine = [each for each in entries if each[1].measure == table.name]
    found = filter(_cell(table), mine)
    return [each for each in found if _is_under(each[1], table.split, bucket)]


def _is_under(entry: Entry, split: str, bucket: str | None) -> bool:
    """Whether it counts in the bucket, or in any of the split's."""
    if split == TOTAL:
        return bucket in (None, TOTAL)
    return any(name == split and bucket in (None, told) for name, told in entry.buckets)


def _cell(table: Table) -> Callable[[Counting], bool]:
    """Whether an entry lies in the place and the period."""
    places = frozenset(councils(table.place))
    first, last, until_after = window(table.measure.kind, table.period)

    def holds(each: Counting) -> bool:
        entry = each[1]
        is_open = entry.until is None or entry.until > until_after
        return entry.municipality in places and first <= entry.on <= last and is_open

    return holds


def _by_bucket(table: Table, entries: Subjects) -> Mapping[str, Sequence[Counting]]:
    rows: dict[str, list[Counting]] = defaultdict(list)
    for each in entries:
        for split, bucket in (*each[1].buckets, (TOTAL, TOTAL)):
            if split == table.split:
                rows[bucket].append(each)
    return rows


def _counted(bucket: str, entries: Sequence[Counting]) -> Counted:
    amounts = [entry.amount for _, entry in entries]
    persons = len({subject for subject, _ in entries})
    middle = median(float(amount) for amount in amounts)
    return Counted(bucket, persons, Decimal(sum(amounts)), len(entries), middle)


def _observation(table: Table, entries: Sequence[Counting]) -> list[Counting]:
    """What was said for exactly this place and period; of a to-period the latest that ends in it.

    Of several that end on one day the shortest. None or one. A base is that of the observation.
    """
    place = observed_at(table.place)
    here = [each for each in entries if each[1].municipality == place]
    said = (e for _, e in here if e.measure == table.observed and _answers(e, table.period))
    latest = max(map(_span, said), default=None)
    return [each for each in here if each[1].measure == table.name and _span(each[1]) == latest]


def _span(entry: Entry) -> tuple[date, date]:
    """The day after an observation's period, and its first: the greatest is shown."""
    return (entry.until or date.max, entry.on)


def _answers(entry: Entry, period: Period) -> bool:
    after = period.last + timedelta(days=1)
    if period.first is None:
        return entry.until is not None and entry.until <= after
    return (entry.on, entry.until) == (period.first, after)
