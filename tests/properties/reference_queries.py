"""Small queries over the reference's entries, for the tests of the reference."""

from datetime import date

from tests.reference.fold import entries_of
from tests.reference.shapes import Entry, Event, Number
from tests.reference.tables import Cell, Question, table

TODAY = date(2025, 6, 1)


def counted(events: list[Event], measure: str) -> list[Entry]:
    """Return the entries of one measure, by day and town."""
    found = [entry for entry in entries_of(events) if entry.measure == measure]
    return sorted(found, key=lambda entry: (entry.on, entry.town, entry.amount))


def days(events: list[Event], measure: str) -> list[str]:
    """Return the days of the entries of one measure."""
    return [entry.on.isoformat() for entry in counted(events, measure)]


def spans(events: list[Event], measure: str) -> list[tuple[str, str]]:
    """Return the intervals of the entries of one measure; an open end is empty."""
    return [
        (entry.on.isoformat(), entry.until.isoformat() if entry.until else "")
        for entry in counted(events, measure)
    ]


def amounts(events: list[Event], measure: str) -> list[tuple[str, Number]]:
    """Return day and amount of the entries of one measure."""
    return [(entry.on.isoformat(), entry.amount) for entry in counted(events, measure)]


def towns(events: list[Event], measure: str) -> list[str]:
    """Return the towns of the entries of one measure."""
    return [entry.town for entry in counted(events, measure)]


def buckets(events: list[Event], measure: str, split: str) -> set[str]:
    """Return the buckets in one split of all entries of one measure."""
    found = counted(events, measure)
    return {bucket for entry in found for name, bucket in entry.buckets if name == split}


def outcomes(events: list[Event], indicator: str) -> dict[str, list[str]]:
    """Return the days of the entries of every measure of an indicator that has any."""
    found: dict[str, list[str]] = {}
    for entry in entries_of(events):
        if entry.measure.startswith(indicator):
            measure = entry.measure.partition(".")[2]
            found.setdefault(measure, []).append(entry.on.isoformat())
    return found


def cell(
    events: list[Event], measure: str, place: str, period: str, today: date = TODAY
) -> tuple[Number, str]:
    """Return value and state of a total."""
    row: Cell = table(entries_of(events), Question(measure, place, period), today)["total"]
    return row.value, row.state


def split(events: list[Event], measure: str, place: str, period: str, by: str) -> dict[str, Number]:
    """Return the values of one table per bucket."""
    rows = table(entries_of(events), Question(measure, place, period, by), TODAY)
    return {bucket: row.value for bucket, row in rows.items()}
