"""PI-05: back in school."""

from schemas.text import Text
from schemas.training import SchoolReenrolled
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


def back_in_school(history: History) -> Counts:
    """Everybody who enrols in school again."""
    return each(history.of(SchoolReenrolled))


PI_05 = Indicator(
    id="PI-05",
    category=PROGRAMME_RESULTS,
    title=Text(sr="Враћени у школу", en="Back in school"),
    sentence=Text(
        sr="Колико лица се у периоду вратило у школу?",
        en="How many people went back to school in the period?",
    ),
    numerator=Text(sr="лица поново уписана у школу", en="persons who enrolled in school again"),
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
            back_in_school,
            (SchoolReenrolled,),
            Text(sr="враћени у школу", en="back in school"),
            Disclosure.A,
        ),
    ),
)
