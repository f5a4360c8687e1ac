"""PI-04: completed elementary education as adults."""

from schemas.text import Text
from schemas.training import CourseCompleted
from services.reporting.counting.dimensions import AGE, PROGRAMME, SEX
from services.reporting.counting.history import History
from services.reporting.counting.indicator import (
    Counts,
    Disclosure,
    Indicator,
    Kind,
    Measure,
    PlaceRule,
    Status,
    each,
)
from services.reporting.counting.words import A_COUNT, ON_ITS_DAY, PROGRAMME_RESULTS

LAST_CYCLE = 3


def completed(history: History) -> Counts:
    """Everybody who completes the third cycle with its exam."""
    return each(f for f in history.of(CourseCompleted) if _ends_school(f.event))


def _ends_school(event: CourseCompleted) -> bool:
    return event.kind == "elementary" and event.cycle == LAST_CYCLE and event.exam is True


PI_04 = Indicator(
    id="PI-04",
    category=PROGRAMME_RESULTS,
    title=Text(
        sr="Завршено основно образовање одраслих", en="Completed elementary education as adults"
    ),
    sentence=Text(
        sr="Колико одраслих је у периоду завршило основно образовање?",
        en="How many adults completed elementary education in the period?",
    ),
    numerator=Text(
        sr="лица са завршеним трећим циклусом и положеним испитом",
        en="persons who completed the third cycle and its exam",
    ),
    denominator=A_COUNT,
    clock=ON_ITS_DAY,
    place_rule=PlaceRule.EVENT,
    owner="training",
    definition_status=Status.REPORT,
    splits=(SEX, AGE, PROGRAMME),
    measures=(
        Measure(
            "persons",
            Kind.PERSONS,
            completed,
            (CourseCompleted,),
            Text(sr="завршили школу", en="completed"),
            Disclosure.A,
        ),
    ),
)
