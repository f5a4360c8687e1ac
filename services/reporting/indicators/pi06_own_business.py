"""PI-06: own business started."""

from schemas.bilingual_text import BilingualText
from schemas.events.matching import BusinessStarted
from services.reporting.domain.dimensions import AGE, PROGRAMME, SECTOR, SEX
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


def _started(history: History) -> CountedFacts:
    """Count everybody who starts a business; a later closing does not undo it."""
    return count_each(history.of(BusinessStarted))


PI_06 = Indicator(
    id="PI-06",
    version=1,
    category=PROGRAMME_RESULTS,
    title=BilingualText(sr="Покренут сопствени посао", en="Own business started"),
    sentence=BilingualText(
        sr="Колико лица је у периоду покренуло сопствени посао?",
        en="How many people started a business of their own in the period?",
    ),
    numerator=BilingualText(
        sr="лица која су покренула посао, и ако је касније затворен",
        en="persons who started a business, even if it was closed later",
    ),
    denominator=A_COUNT,
    clock=ON_ITS_DAY,
    place_rule=PlaceRule.EVENT,
    owner="matching",
    definition_status=DefinitionStatus.REPORT,
    splits=(SEX, AGE, SECTOR, PROGRAMME),
    measures=(
        Measure(
            "persons",
            MeasureKind.PERSONS,
            _started,
            (BusinessStarted,),
            BilingualText(sr="покренули посао", en="started a business"),
            Disclosure.A,
        ),
    ),
)
