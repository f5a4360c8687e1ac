"""PI-09: engaged in public works."""

from schemas.bilingual_text import BilingualText
from schemas.events.matching import PlacementMade
from services.reporting.domain.dimensions import AGE, PROGRAMME, SEX
from services.reporting.domain.history import History
from services.reporting.domain.indicator import (
    CountedFacts,
    DefinitionStatus,
    Indicator,
    Measure,
    MeasureKind,
    PlaceRule,
    count_each,
)
from services.reporting.domain.labels import A_COUNT, ON_ITS_DAY, PROGRAMME_RESULTS


def _engaged(history: History) -> CountedFacts:
    """Count everybody placed in public works."""
    return count_each(f for f in history.of(PlacementMade) if f.event.kind == "public_works")


PI_09 = Indicator(
    id="PI-09",
    version=1,
    category=PROGRAMME_RESULTS,
    title=BilingualText(sr="Ангажовани на јавним радовима", en="Engaged in public works"),
    sentence=BilingualText(
        sr="Колико лица је у периоду ангажовано на јавним радовима?",
        en="How many people were engaged in public works in the period?",
    ),
    numerator=BilingualText(
        sr="лица запослена на јавним радовима", en="persons with a placement in public works"
    ),
    denominator=A_COUNT,
    clock=ON_ITS_DAY,
    place_rule=PlaceRule.EVENT,
    owner="matching",
    definition_status=DefinitionStatus.REPORT,
    splits=(SEX, AGE, PROGRAMME),
    measures=(
        Measure(
            "persons",
            MeasureKind.PERSONS,
            _engaged,
            (PlacementMade,),
            BilingualText(sr="на јавним радовима", en="in public works"),
        ),
    ),
)
