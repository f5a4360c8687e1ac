"""PI-09: engaged in public works."""

from schemas.matching import PlacementMade
from schemas.text import Text
from services.reporting.counting.dimensions import AGE, PROGRAMME, SEX
from services.reporting.counting.history import History
from services.reporting.counting.indicator import (
    Counts,
    Indicator,
    Kind,
    Measure,
    PlaceRule,
    Status,
    each,
)
from services.reporting.counting.words import A_COUNT, ON_ITS_DAY, PROGRAMME_RESULTS


def engaged(history: History) -> Counts:
    """Everybody placed in public works."""
    return each(f for f in history.of(PlacementMade) if f.event.kind == "public_works")


PI_09 = Indicator(
    id="PI-09",
    category=PROGRAMME_RESULTS,
    title=Text(sr="Ангажовани на јавним радовима", en="Engaged in public works"),
    sentence=Text(
        sr="Колико лица је у периоду ангажовано на јавним радовима?",
        en="How many people were engaged in public works in the period?",
    ),
    numerator=Text(
        sr="лица запослена на јавним радовима", en="persons with a placement in public works"
    ),
    denominator=A_COUNT,
    clock=ON_ITS_DAY,
    place_rule=PlaceRule.EVENT,
    owner="matching",
    definition_status=Status.REPORT,
    splits=(SEX, AGE, PROGRAMME),
    measures=(
        Measure(
            "persons",
            Kind.PERSONS,
            engaged,
            (PlacementMade,),
            Text(sr="на јавним радовима", en="in public works"),
        ),
    ),
)
