"""PI-11: results of surveys; its measures are the declared series `survey_…`."""

from schemas.text import Text
from services.reporting.counting.indicator import Indicator, PlaceRule, Status
from services.reporting.counting.words import AS_OBSERVED, PROGRAMME_RESULTS

PI_11 = Indicator(
    id="PI-11",
    category=PROGRAMME_RESULTS,
    title=Text(sr="Резултати анкета", en="Survey results"),
    sentence=Text(
        sr="Шта су анкетирана лица одговорила?", en="What did the people surveyed answer?"
    ),
    numerator=Text(
        sr="одговори, или објављени проценат", en="answers, or the percentage that was published"
    ),
    denominator=Text(
        sr="сви одговори; ако n није објављен, основе нема",
        en="all answers; where n is not published there is no base",
    ),
    clock=AS_OBSERVED,
    place_rule=PlaceRule.EVENT,
    owner="reference",
    definition_status=Status.REPORT,
    splits=(),
    measures=(),
    caveat=Text(
        sr="проценат без основе: n није објављен", en="a percentage without base: n not published"
    ),
    series_prefix="survey_",
)
