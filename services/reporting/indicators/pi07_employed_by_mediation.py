"""PI-07: employed through mediation."""

from schemas.matching import PlacementMade
from schemas.text import Text
from services.reporting.counting.dimensions import AGE, PROGRAMME, RETURNEE, SEX
from services.reporting.counting.history import History
from services.reporting.counting.indicator import (
    Basis,
    Counts,
    Disclosure,
    Indicator,
    Kind,
    Measure,
    PlaceRule,
    Status,
    each,
)
from services.reporting.counting.words import A_COUNT, CONSENTED, ON_ITS_DAY, PROGRAMME_RESULTS


def mediated(history: History) -> Counts:
    """Everybody whose placement came by mediation."""
    return each(f for f in history.of(PlacementMade) if f.event.channel == "mediation")


PI_07 = Indicator(
    id="PI-07",
    category=PROGRAMME_RESULTS,
    title=Text(sr="Запослени посредовањем", en="Employed through mediation"),
    sentence=Text(
        sr="Колико лица је у периоду почело да ради посредовањем?",
        en="How many people started work through mediation in the period?",
    ),
    numerator=Text(
        sr="лица запослена преко посредовања", en="persons with a placement by mediation"
    ),
    denominator=A_COUNT,
    clock=ON_ITS_DAY,
    place_rule=PlaceRule.EVENT,
    owner="matching",
    definition_status=Status.REPORT,
    splits=(SEX, AGE, RETURNEE, PROGRAMME),
    measures=(
        Measure(
            "persons",
            Kind.PERSONS,
            mediated,
            (PlacementMade,),
            Text(sr="запослени посредовањем", en="employed through mediation"),
            Disclosure.A,
        ),
        Measure(
            "consented", Kind.PERSONS, mediated, (PlacementMade,), CONSENTED, basis=Basis.CONSENT
        ),
    ),
)
