"""PI-10: employed after work practice."""

from schemas.matching import PlacementMade
from schemas.text import Text
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


def employed_after_practice(history: History) -> Counts:
    """Everybody whose placement follows a work practice."""
    return each(f for f in history.of(PlacementMade) if "practice" in f.event.after)


PI_10 = Indicator(
    id="PI-10",
    category=PROGRAMME_RESULTS,
    title=Text(sr="Запослени после радне праксе", en="Employed after work practice"),
    sentence=Text(
        sr="Колико лица је у периоду почело да ради после радне праксе?",
        en="How many people started work in the period after a work practice?",
    ),
    numerator=Text(
        sr="лица чије запослење следи после радне праксе",
        en="persons whose placement follows a work practice",
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
            employed_after_practice,
            (PlacementMade,),
            Text(sr="запослени после праксе", en="employed after practice"),
            Disclosure.A,
        ),
    ),
)
