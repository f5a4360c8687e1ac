"""PI-06: own business started."""

from schemas.matching import BusinessStarted
from schemas.text import Text
from services.reporting.counting.dimensions import AGE, PROGRAMME, SECTOR, SEX
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


def started(history: History) -> Counts:
    """Everybody who starts a business; a later closing does not undo it."""
    return each(history.of(BusinessStarted))


PI_06 = Indicator(
    id="PI-06",
    category=PROGRAMME_RESULTS,
    title=Text(sr="Покренут сопствени посао", en="Own business started"),
    sentence=Text(
        sr="Колико лица је у периоду покренуло сопствени посао?",
        en="How many people started a business of their own in the period?",
    ),
    numerator=Text(
        sr="лица која су покренула посао, и ако је касније затворен",
        en="persons who started a business, even if it was closed later",
    ),
    denominator=A_COUNT,
    clock=ON_ITS_DAY,
    place_rule=PlaceRule.EVENT,
    owner="matching",
    definition_status=Status.REPORT,
    splits=(SEX, AGE, SECTOR, PROGRAMME),
    measures=(
        Measure(
            "persons",
            Kind.PERSONS,
            started,
            (BusinessStarted,),
            Text(sr="покренули посао", en="started a business"),
            Disclosure.A,
        ),
    ),
)
