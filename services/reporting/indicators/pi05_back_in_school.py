"""PI-05: back in school."""

from schemas.bilingual_text import BilingualText
from schemas.events.training import SchoolReenrolled
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


def _back_in_school(history: History) -> CountedFacts:
    """Count everybody who enrols in school again."""
    return count_each(history.of(SchoolReenrolled))


PI_05 = Indicator(
    id="PI-05",
    version=1,
    category=PROGRAMME_RESULTS,
    title=BilingualText(sr="Враћени у школу", en="Back in school"),
    sentence=BilingualText(
        sr="Колико лица се у периоду вратило у школу?",
        en="How many people went back to school in the period?",
    ),
    numerator=BilingualText(
        sr="лица поново уписана у школу", en="persons who enrolled in school again"
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
            _back_in_school,
            (SchoolReenrolled,),
            BilingualText(sr="враћени у школу", en="back in school"),
            Disclosure.A,
        ),
    ),
)
