"""A simple count of the product's entries in one table, with the product's places and periods."""

from datetime import date, timedelta
from statistics import median
from typing import TypeAlias

from schemas import periods, territory
from services.reporting.domain.indicator import MeasureKind
from tests.properties.product import MEASURES, Entries
from tests.reference.shapes import Entry, Number
from tests.reference.tables import Question

Rows: TypeAlias = dict[str, Number]


def counted(entries: Entries, question: Question) -> Rows:
    """Return the numbers of one table; `total` always has its row."""
    _, measure = MEASURES[question.measure]
    mine = [entry for entry in entries.elements() if entry.measure == question.measure]
    if measure.kind is MeasureKind.OBSERVED:
        return {"total": observed(list(entries.elements()), question)}
    rows: dict[str, list[Entry]] = {"total": []} if question.split == "total" else {}
    for entry in mine:
        if entry.town in territory.councils_in(question.place) and is_counted_in(entry, question):
            for split, bucket in {("total", "total"), *entry.buckets}:
                if split == question.split:
                    rows.setdefault(bucket, []).append(entry)
    return {bucket: number(found, question) for bucket, found in rows.items()}


def is_counted_in(entry: Entry, question: Question) -> bool:
    """Whether the period counts the entry."""
    _, measure = MEASURES[question.measure]
    period = periods.parse_period(question.period)
    first = period.first or entry.on
    if measure.kind is MeasureKind.STOCK:
        first = period.last
    if measure.kind in (MeasureKind.STOCK, MeasureKind.PRESENT):
        return entry.on <= period.last and (entry.until is None or first < entry.until)
    return first <= entry.on <= period.last


def number(found: list[Entry], question: Question) -> Number:
    """Return the distinct subjects, the cases, a sum, or a median from five entries."""
    _, measure = MEASURES[question.measure]
    if measure.kind is MeasureKind.DURATION:
        return median(entry.amount for entry in found) if len(found) >= 5 else None
    if measure.sums_amount:
        return sum(entry.amount for entry in found)
    if measure.kind is MeasureKind.COHORT:
        return len(found)
    return len({entry.subject for entry in found})


def observed(entries: list[Entry], question: Question) -> Number:
    """Return the observation of exactly this place and period, or the last that ends by the month.

    A base is that of the same observation; none if that one has no base.
    """
    town = "" if question.place == "RS" else question.place
    period = periods.parse_period(question.period)
    fitting: dict[tuple[date, date], dict[str, Number]] = {}
    for entry in entries:
        if entry.measure.removesuffix("_base") != question.measure.removesuffix("_base"):
            continue
        assert entry.until is not None
        last = entry.until - timedelta(days=1)
        is_fitting = last <= period.last if period.first is None else entry.on == period.first
        if entry.town == town and is_fitting and (period.first is None or last == period.last):
            fitting.setdefault((last, entry.on), {})[entry.measure] = entry.amount
    return fitting[max(fitting)].get(question.measure) if fitting else None
