"""Computes tables from entries: the value and the state of every cell of the layer `exact`."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from tests.reference.data_files import places_of
from tests.reference.days import days_after, first_and_last, months_after, periods_of
from tests.reference.measures import MEASURES
from tests.reference.shapes import Entry, Number

DURATION_MIN = 5
"""A duration is shown from 5 entries."""


class Cell(NamedTuple):
    """The number and state of one row; the number is None if there is none."""

    value: Number
    state: str


class Question(NamedTuple):
    """Names a table; measure is `<indicator>.<measure>`."""

    measure: str
    place: str
    period: str
    split: str = "total"


Tables: TypeAlias = dict[Question, dict[str, Cell]]


def table(entries: list[Entry], question: Question, today: date) -> dict[str, Cell]:
    """Return the rows of one table: `total` always, other buckets only with an entry."""
    rule = MEASURES[question.measure]
    if rule.kind == "observed":
        return {"total": observation(entries, question)}
    counted = [entry for entry in entries if falls_in(entry, question)]
    rows: dict[str, list[Entry]] = {"total": []} if question.split == "total" else {}
    for entry in counted:
        for bucket in buckets_in(entry, question.split):
            rows.setdefault(bucket, []).append(entry)
    return {bucket: cell(found, question, today) for bucket, found in rows.items()}


def buckets_in(entry: Entry, split: str) -> list[str]:
    """Return the buckets of the entry in one split."""
    if split == "total":
        return ["total"]
    return sorted(bucket for name, bucket in entry.buckets if name == split)


def falls_in(entry: Entry, question: Question) -> bool:
    """Whether the entry belongs to the measure, the place and the period."""
    if entry.measure != question.measure or question.place not in places_of(entry.town):
        return False
    first, last = first_and_last(question.period)
    kind = MEASURES[entry.measure].kind
    if kind == "stock":
        return entry.on <= last and (entry.until is None or entry.until > last)
    if kind == "present":
        return entry.on <= last and (entry.until is None or entry.until > first)
    return first <= entry.on <= last


def cell(found: list[Entry], question: Question, today: date) -> Cell:
    """Return the number and state of one cell."""
    rule = MEASURES[question.measure]
    if rule.kind == "duration":
        return duration(found)
    subjects = len({entry.subject for entry in found})
    cases = len(found) if rule.kind == "cohort" else subjects
    number = sum(entry.amount for entry in found) if rule.sums else cases
    due = days_after(first_and_last(question.period)[1], rule.settles)
    if rule.kind == "cohort" and today <= due:
        return Cell(number, "pending")
    return Cell(number, "value" if number else "zero")


def duration(found: list[Entry]) -> Cell:
    """Return the median; of an even count the mean of the middle two."""
    if len(found) < DURATION_MIN:
        return Cell(None, "none")
    amounts = sorted(entry.amount for entry in found)
    low, high = amounts[(len(amounts) - 1) // 2], amounts[len(amounts) // 2]
    median = (low + high) / 2
    return Cell(median, "value" if median else "zero")


def observation(entries: list[Entry], question: Question) -> Cell:
    """Return the observation of exactly this place and period; `to-M`: the latest that ends by M.

    A base is that of the observation shown: none if that one has no base.
    """
    town = "" if question.place == "RS" else question.place
    series = question.measure.removesuffix("_base")
    of_series = [entry for entry in entries if (entry.measure, entry.town) == (series, town)]
    shown = [entry for entry in of_series if is_shown(entry, question.period)]
    if not shown:
        return Cell(None, "none")
    period = latest(max(shown, key=latest))
    for entry in entries:
        if (entry.measure, entry.town) == (question.measure, town) and latest(entry) == period:
            return Cell(entry.amount, "value" if entry.amount != Decimal(0) else "zero")
    return Cell(None, "none")


def is_shown(entry: Entry, period: str) -> bool:
    """Whether an observation may be shown for the period."""
    first, last = first_and_last(period)
    assert entry.until is not None
    if period.startswith("to-"):
        return entry.until <= days_after(last, 1)
    return (entry.on, entry.until) == (first, days_after(last, 1))


def latest(entry: Entry) -> tuple[date, date]:
    """Return the sort key: the latest end wins, then the latest beginning (the shortest period)."""
    assert entry.until is not None
    return entry.until, entry.on


def tables(entries: list[Entry], today: date) -> Tables:
    """Return every table that counts an entry; to-periods until the month of the last one."""
    found: Tables = {}
    for question in questions(entries):
        found[question] = table(entries, question, today)
    return found


def questions(entries: list[Entry]) -> list[Question]:
    """Return every table of every measure, place and period that the entries affect."""
    months = months_between(entries)
    measures = {entry.measure for entry in entries}
    places: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        places[entry.measure] |= set(places_of(entry.town) if entry.town else ["RS"])
    periods = sorted({period for month in months for period in periods_of(month)})
    return [
        Question(measure, place, period, split)
        for measure in sorted(measures)
        for place in sorted(places[measure])
        for period in periods
        for split in ("total", *MEASURES[measure].splits)
    ]


def months_between(entries: list[Entry]) -> list[date]:
    """Return the first days of all months from the first entry to the month after the last one."""
    days = [entry.on for entry in entries] + [entry.until for entry in entries if entry.until]
    if not days:
        return []
    month, last = min(days).replace(day=1), months_after(max(days), 1)
    months = []
    while month <= last:
        months.append(month)
        month = months_after(month, 1)
    return months
