"""The catalogue of indicators: one file for each, listed at the end of this file."""

from dataclasses import replace
from itertools import chain

from schemas.declared_codes import DeclaredCode, DeclaredCodes
from services.reporting.domain.indicator import Indicator, Measure
from services.reporting.domain.labels import unit_of
from services.reporting.domain.observations import observed
from services.reporting.indicators.mi01_jobseekers_per_vacancy import MI_01
from services.reporting.indicators.mi02_unfilled_vacancies import MI_02
from services.reporting.indicators.mi03_flow_of_highly_qualified import MI_03
from services.reporting.indicators.mi04_skills_used import MI_04
from services.reporting.indicators.mi05_registered_returnees import MI_05
from services.reporting.indicators.mi06_assessed_and_referred import MI_06
from services.reporting.indicators.mi07_sustained_return import MI_07
from services.reporting.indicators.mi08_work_permits import MI_08
from services.reporting.indicators.mi09_resident_migrants_active import MI_09
from services.reporting.indicators.mi10_departures_for_work import MI_10
from services.reporting.indicators.mi11_potential_migrants import MI_11
from services.reporting.indicators.mi12_hard_to_employ import MI_12
from services.reporting.indicators.mi13_placed_and_retained import MI_13
from services.reporting.indicators.pi01_covered_by_services import PI_01
from services.reporting.indicators.pi02_took_part import PI_02
from services.reporting.indicators.pi03_vocational_training import PI_03
from services.reporting.indicators.pi04_elementary_education import PI_04
from services.reporting.indicators.pi05_back_in_school import PI_05
from services.reporting.indicators.pi06_own_business import PI_06
from services.reporting.indicators.pi07_employed_by_mediation import PI_07
from services.reporting.indicators.pi08_registered_with_help import PI_08
from services.reporting.indicators.pi09_public_works import PI_09
from services.reporting.indicators.pi10_employed_after_practice import PI_10
from services.reporting.indicators.pi11_survey_results import PI_11
from services.reporting.indicators.pi12_employers_surveyed import PI_12
from services.reporting.indicators.pi13_equipment_donated import PI_13
from services.reporting.indicators.pi14_days_to_first_help import PI_14
from services.reporting.indicators.pi17_place_in_figures import PI_17


def catalogue(declared: DeclaredCodes) -> tuple[Indicator, ...]:
    """Return the definitions; open families of series get measures for the declared series."""
    return tuple(_filled(indicator, declared) for indicator in CATALOGUE)


def _filled(indicator: Indicator, declared: DeclaredCodes) -> Indicator:
    """Give an indicator with a `series_prefix` two measures for each matching declared series."""
    prefix = indicator.series_prefix
    if prefix is None:
        return indicator
    found = sorted(series for series in declared.series if series.startswith(prefix))
    pairs = (_observed(series, declared.series[series]) for series in found)
    return replace(indicator, measures=tuple(chain.from_iterable(pairs)))


def _observed(series: str, declared: DeclaredCode) -> tuple[Measure, Measure]:
    return observed(series, declared.title, unit_of(declared))


CATALOGUE = (
    MI_01,
    MI_02,
    MI_03,
    MI_04,
    MI_05,
    MI_06,
    MI_07,
    MI_08,
    MI_09,
    MI_10,
    MI_11,
    MI_12,
    MI_13,
    PI_01,
    PI_02,
    PI_03,
    PI_04,
    PI_05,
    PI_06,
    PI_07,
    PI_08,
    PI_09,
    PI_10,
    PI_11,
    PI_12,
    PI_13,
    PI_14,
    PI_17,
)
