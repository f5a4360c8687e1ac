"""Observations: published figures of a declared series, shown as they were said."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from schemas.periods import parse
from schemas.reference import ObservationLoaded
from schemas.text import Text
from services.reporting.counting.history import Fact, History, council_of_fact, remembered
from services.reporting.counting.indicator import Counted, Disclosure, Kind, Measure, Rule

OF = (ObservationLoaded,)
ONE_DAY = timedelta(days=1)
Cell = tuple[str, str, str]


def observed(series: str, title: Text, unit: Text) -> tuple[Measure, Measure]:
    """The two measures of a series: its values, and their bases where they were said."""
    base = Measure(
        f"{series}_base",
        Kind.OBSERVED,
        _bases(series),
        OF,
        Text(sr=f"{title.sr} – основа", en=f"{title.en} – base"),
        Disclosure.A,
        unit=unit,
        part_of=series,
    )
    value = Measure(series, Kind.OBSERVED, _values(series), OF, title, Disclosure.A, unit=unit)
    return value, base


@remembered
def newest_observations(history: History) -> dict[Cell, Fact[ObservationLoaded]]:
    """Of several for one series, place and period: the greatest vintage, then the last in order."""
    found: dict[Cell, Fact[ObservationLoaded]] = {}
    for fact in history.of(ObservationLoaded):
        cell = (fact.subject, council_of_fact(fact), fact.event.period)
        known = found.get(cell)
        if known is None or fact.event.vintage >= known.event.vintage:
            found[cell] = fact
    return found


def _values(series: str) -> Rule:
    def values(history: History) -> Iterable[Counted]:
        for fact in _of_series(history, series):
            yield _counted(fact, fact.event.value)

    return values


def _bases(series: str) -> Rule:
    def bases(history: History) -> Iterable[Counted]:
        for fact in _of_series(history, series):
            if fact.event.base is not None:
                yield _counted(fact, fact.event.base)

    return bases


def _of_series(history: History, series: str) -> list[Fact[ObservationLoaded]]:
    found = newest_observations(history).values()
    return [fact for fact in found if fact.subject == f"s-{series}"]


def _counted(fact: Fact[ObservationLoaded], amount: str) -> Counted:
    period = parse(fact.event.period)
    return Counted(fact, period.start, period.last + ONE_DAY, Decimal(amount))
