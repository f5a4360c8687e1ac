"""PI-03: completed vocational training."""

from schemas.bilingual_text import BilingualText
from schemas.events.training import CourseCompleted
from services.reporting.domain.dimensions import AGE, CERTIFICATE, PROGRAMME, SEX, TRADE
from services.reporting.domain.history import History
from services.reporting.domain.indicator import (
    CountedFacts,
    DefinitionStatus,
    Disclosure,
    Indicator,
    Measure,
    MeasureKind,
    PlaceRule,
    count_each,
)
from services.reporting.domain.labels import A_COUNT, ON_ITS_DAY, PROGRAMME_RESULTS


def _completed(history: History) -> CountedFacts:
    """Count everybody who completes a vocational course."""
    return count_each(f for f in history.of(CourseCompleted) if f.event.kind == "vocational")


PI_03 = Indicator(
    id="PI-03",
    version=2,
    category=PROGRAMME_RESULTS,
    title=BilingualText(sr="Завршене стручне обуке", en="Completed vocational training"),
    sentence=BilingualText(
        sr="Колико лица је у периоду завршило стручну обуку?",
        en="How many people completed a vocational course in the period?",
    ),
    numerator=BilingualText(
        sr="лица која су завршила стручни курс", en="persons who completed a vocational course"
    ),
    denominator=A_COUNT,
    clock=ON_ITS_DAY,
    place_rule=PlaceRule.EVENT,
    owner="training",
    definition_status=DefinitionStatus.REPORT,
    splits=(SEX, AGE, TRADE, CERTIFICATE, PROGRAMME),
    measures=(
        Measure(
            "persons",
            MeasureKind.PERSONS,
            _completed,
            (CourseCompleted,),
            BilingualText(sr="завршили обуку", en="completed"),
            Disclosure.A,
        ),
    ),
)
