"""PI-03: completed vocational training."""

from schemas.text import Text
from schemas.training import CourseCompleted
from services.reporting.counting.dimensions import AGE, PROGRAMME, SEX, TRADE
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


def completed(history: History) -> Counts:
    """Everybody who completes a vocational course."""
    return each(f for f in history.of(CourseCompleted) if f.event.kind == "vocational")


PI_03 = Indicator(
    id="PI-03",
    category=PROGRAMME_RESULTS,
    title=Text(sr="Завршене стручне обуке", en="Completed vocational training"),
    sentence=Text(
        sr="Колико лица је у периоду завршило стручну обуку?",
        en="How many people completed a vocational course in the period?",
    ),
    numerator=Text(
        sr="лица која су завршила стручни курс", en="persons who completed a vocational course"
    ),
    denominator=A_COUNT,
    clock=ON_ITS_DAY,
    place_rule=PlaceRule.EVENT,
    owner="training",
    definition_status=Status.REPORT,
    splits=(SEX, AGE, TRADE, PROGRAMME),
    measures=(
        Measure(
            "persons",
            Kind.PERSONS,
            completed,
            (CourseCompleted,),
            Text(sr="завршили обуку", en="completed"),
            Disclosure.A,
        ),
    ),
)
