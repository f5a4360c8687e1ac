"""PI-04: completed elementary education as adults."""

from schemas.bilingual_text import BilingualText
from schemas.events.training import CourseCompleted
from services.reporting.domain.dimensions import AGE, PROGRAMME, SEX
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

_LAST_CYCLE = 3


def _completed(history: History) -> CountedFacts:
    """Count everybody who completes the third cycle with its exam."""
    return count_each(f for f in history.of(CourseCompleted) if _ends_school(f.event))


def _ends_school(event: CourseCompleted) -> bool:
    return event.kind == "elementary" and event.cycle == _LAST_CYCLE and event.exam is True


PI_04 = Indicator(
    id="PI-04",
    version=1,
    category=PROGRAMME_RESULTS,
    title=BilingualText(
        sr="Завршено основно образовање одраслих", en="Completed elementary education as adults"
    ),
    sentence=BilingualText(
        sr="Колико одраслих је у периоду завршило основно образовање?",
        en="How many adults completed elementary education in the period?",
    ),
    numerator=BilingualText(
        sr="лица са завршеним трећим циклусом и положеним испитом",
        en="persons who completed the third cycle and its exam",
    ),
    denominator=A_COUNT,
    clock=ON_ITS_DAY,
    place_rule=PlaceRule.EVENT,
    owner="training",
    definition_status=DefinitionStatus.REPORT,
    splits=(SEX, AGE, PROGRAMME),
    measures=(
        Measure(
            "persons",
            MeasureKind.PERSONS,
            _completed,
            (CourseCompleted,),
            BilingualText(sr="завршили школу", en="completed"),
            Disclosure.A,
        ),
    ),
)
