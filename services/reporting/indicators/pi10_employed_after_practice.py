"""PI-10: employed after work practice."""

from schemas.bilingual_text import BilingualText
from schemas.events.matching import PlacementMade
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


def _employed_after_practice(history: History) -> CountedFacts:
    """Count everybody whose placement follows a work practice."""
    return count_each(f for f in history.of(PlacementMade) if "practice" in f.event.after)


PI_10 = Indicator(
    id="PI-10",
    version=1,
    category=PROGRAMME_RESULTS,
    title=BilingualText(sr="Запослени после радне праксе", en="Employed after work practice"),
    sentence=BilingualText(
        sr="Колико лица је у периоду почело да ради после радне праксе?",
        en="How many people started work in the period after a work practice?",
    ),
    numerator=BilingualText(
        sr="лица чије запослење следи после радне праксе",
        en="persons whose placement follows a work practice",
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
            _employed_after_practice,
            (PlacementMade,),
            BilingualText(sr="запослени после праксе", en="employed after practice"),
            Disclosure.A,
        ),
    ),
)
