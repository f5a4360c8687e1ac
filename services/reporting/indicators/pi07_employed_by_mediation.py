"""PI-07: employed through mediation."""

from schemas.bilingual_text import BilingualText
from schemas.events.matching import PlacementMade
from services.reporting.domain.dimensions import AGE, PROGRAMME, RETURNEE, SEX
from services.reporting.domain.history import History
from services.reporting.domain.indicator import (
    Basis,
    CountedFacts,
    DefinitionStatus,
    Disclosure,
    Indicator,
    Measure,
    MeasureKind,
    PlaceRule,
    count_each,
)
from services.reporting.domain.labels import A_COUNT, CONSENTED, ON_ITS_DAY, PROGRAMME_RESULTS


def _mediated(history: History) -> CountedFacts:
    """Count everybody whose placement came by mediation."""
    return count_each(f for f in history.of(PlacementMade) if f.event.channel == "mediation")


PI_07 = Indicator(
    id="PI-07",
    version=1,
    category=PROGRAMME_RESULTS,
    title=BilingualText(sr="Запослени посредовањем", en="Employed through mediation"),
    sentence=BilingualText(
        sr="Колико лица је у периоду почело да ради посредовањем?",
        en="How many people started work through mediation in the period?",
    ),
    numerator=BilingualText(
        sr="лица запослена преко посредовања", en="persons with a placement by mediation"
    ),
    denominator=A_COUNT,
    clock=ON_ITS_DAY,
    place_rule=PlaceRule.EVENT,
    owner="matching",
    definition_status=DefinitionStatus.REPORT,
    splits=(SEX, AGE, RETURNEE, PROGRAMME),
    measures=(
        Measure(
            "persons",
            MeasureKind.PERSONS,
            _mediated,
            (PlacementMade,),
            BilingualText(sr="запослени посредовањем", en="employed through mediation"),
            Disclosure.A,
        ),
        Measure(
            "consented",
            MeasureKind.PERSONS,
            _mediated,
            (PlacementMade,),
            CONSENTED,
            basis=Basis.CONSENT,
        ),
    ),
)
