"""Observations: published figures of a declared series, shown as they were loaded."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from schemas.bilingual_text import BilingualText
from schemas.events.reference import ObservationLoaded
from schemas.periods import parse_period
from services.reporting.domain.history import Fact, History, cached_on_history, council_of_fact
from services.reporting.domain.indicator import (
    CountedFact,
    Disclosure,
    Measure,
    MeasureKind,
    MeasureUnit,
    Rule,
    Unit,
)

_OF = (ObservationLoaded,)
ONE_DAY = timedelta(days=1)
_ObservationCell = tuple[str, str, str]


def observed(series: str, title: BilingualText, unit: MeasureUnit) -> tuple[Measure, Measure]:
    """Return the two measures of a series: its values, and their bases where stated."""
    base = Measure(
        f"{series}_base",
        MeasureKind.OBSERVED,
        _bases(series),
        _OF,
        BilingualText(sr=f"{title.sr} – основа", en=f"{title.en} – base"),
        Disclosure.A,
        unit=_unit_of_base(unit),
        part_of=series,
    )
    value = Measure(
        series, MeasureKind.OBSERVED, _values(series), _OF, title, Disclosure.A, unit=unit
    )
    return value, base


def _unit_of_base(unit: MeasureUnit) -> MeasureUnit:
    """Return the unit of a base: of a percentage it is the number of those asked."""
    if unit.code is not Unit.PERCENT:
        return unit
    return MeasureUnit(Unit.COUNT, BilingualText(sr="испитаних", en="asked"))


@cached_on_history
def _newest_observations(history: History) -> dict[_ObservationCell, Fact[ObservationLoaded]]:
    """Return one observation per series, place and period: greatest vintage, then last in order."""
    found: dict[_ObservationCell, Fact[ObservationLoaded]] = {}
    for fact in history.of(ObservationLoaded):
        cell = (fact.subject, council_of_fact(fact), fact.event.period)
        known = found.get(cell)
        if known is None or fact.event.vintage >= known.event.vintage:
            found[cell] = fact
    return found


def _values(series: str) -> Rule:
    def values(history: History) -> Iterable[CountedFact]:
        for fact in _of_series(history, series):
            yield _counted(fact, fact.event.value)

    return values


def _bases(series: str) -> Rule:
    def bases(history: History) -> Iterable[CountedFact]:
        for fact in _of_series(history, series):
            if fact.event.base is not None:
                yield _counted(fact, fact.event.base)

    return bases


def _of_series(history: History, series: str) -> list[Fact[ObservationLoaded]]:
    found = _newest_observations(history).values()
    return [fact for fact in found if fact.subject == f"s-{series}"]


def _counted(fact: Fact[ObservationLoaded], amount: str) -> CountedFact:
    period = parse_period(fact.event.period)
    return CountedFact(fact, period.start, period.last + ONE_DAY, Decimal(amount))
