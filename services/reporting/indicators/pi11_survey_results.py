"""PI-11: results of surveys; its measures are the declared series `survey_…`."""

from schemas.bilingual_text import BilingualText
from services.reporting.domain.indicator import DefinitionStatus, Indicator, PlaceRule
from services.reporting.domain.labels import AS_OBSERVED, PROGRAMME_RESULTS

PI_11 = Indicator(
    id="PI-11",
    version=1,
    category=PROGRAMME_RESULTS,
    title=BilingualText(sr="Резултати анкета", en="Survey results"),
    sentence=BilingualText(
        sr="Шта су анкетирана лица одговорила?", en="What did the people surveyed answer?"
    ),
    numerator=BilingualText(
        sr="одговори, или објављени проценат", en="answers, or the percentage that was published"
    ),
    denominator=BilingualText(
        sr="сви одговори; ако n није објављен, основе нема",
        en="all answers; where n is not published there is no base",
    ),
    clock=AS_OBSERVED,
    place_rule=PlaceRule.EVENT,
    owner="reference",
    definition_status=DefinitionStatus.REPORT,
    splits=(),
    measures=(),
    caveat=BilingualText(
        sr="проценат без основе: n није објављен", en="a percentage without base: n not published"
    ),
    series_prefix="survey_",
)
