"""The catalogue of indicators: one file each, one line each at the foot of this one."""

from dataclasses import replace
from itertools import chain

from schemas.declarations import Declarations, Declared
from services.reporting.indicator import Indicator, Measure
from services.reporting.indicators.mi05_registered_returnees import MI_05
from services.reporting.indicators.mi06_assessed_and_referred import MI_06
from services.reporting.indicators.mi13_placed_and_retained import MI_13
from services.reporting.indicators.pi01_covered_by_services import PI_01
from services.reporting.indicators.pi02_took_part import PI_02
from services.reporting.indicators.pi03_vocational_training import PI_03
from services.reporting.indicators.pi08_registered_with_help import PI_08
from services.reporting.indicators.pi10_employed_after_practice import PI_10
from services.reporting.indicators.pi12_employers_surveyed import PI_12
from services.reporting.indicators.pi13_equipment_donated import PI_13
from services.reporting.observations import observed
from services.reporting.words import unit


def catalogue(declared: Declarations) -> tuple[Indicator, ...]:
    """The definitions, those of open families of series filled with what is declared."""
    return tuple(_filled(indicator, declared) for indicator in CATALOGUE)


def _filled(indicator: Indicator, declared: Declarations) -> Indicator:
    """An indicator with a `series_prefix` has two measures for each such declared series."""
    prefix = indicator.series_prefix
    if prefix is None:
        return indicator
    found = sorted(series for series in declared.series if series.startswith(prefix))
    pairs = (_observed(series, declared.series[series]) for series in found)
    return replace(indicator, measures=tuple(chain.from_iterable(pairs)))


def _observed(series: str, declared: Declared) -> tuple[Measure, Measure]:
    return observed(series, declared.title, unit(declared.unit))


CATALOGUE = (
    MI_05,
    MI_06,
    MI_13,
    PI_01,
    PI_02,
    PI_03,
    PI_08,
    PI_10,
    PI_12,
    PI_13,
)
