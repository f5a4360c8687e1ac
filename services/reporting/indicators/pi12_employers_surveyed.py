"""PI-12: employers who were surveyed, and those of them who are interested."""

from schemas.text import Text
from services.reporting.counting.indicator import Form, Indicator, PlaceRule, Reading, Status
from services.reporting.counting.observations import observed
from services.reporting.counting.words import AS_OBSERVED, PROGRAMME_RESULTS, unit

PI_12 = Indicator(
    id="PI-12",
    category=PROGRAMME_RESULTS,
    title=Text(sr="Анкетирани и заинтересовани послодавци", en="Employers surveyed, interested"),
    sentence=Text(
        sr="Колико предузећа је анкетирано, и колико њих је заинтересовано за процесе управљања?",
        en="How many companies were surveyed, and how many are interested in governance processes?",
    ),
    numerator=Text(sr="заинтересована предузећа", en="companies that are interested"),
    denominator=Text(sr="анкетирана предузећа", en="companies that were surveyed"),
    clock=AS_OBSERVED,
    place_rule=PlaceRule.EVENT,
    owner="reference",
    definition_status=Status.REPORT,
    splits=(),
    measures=(
        *observed(
            "employers_surveyed", Text(sr="анкетирани", en="employers surveyed"), unit("companies")
        ),
        *observed(
            "employers_interested",
            Text(sr="заинтересовани", en="employers interested"),
            unit("companies"),
        ),
    ),
    readings=(Reading(Form.SHARE, "employers_interested", "employers_surveyed"),),
)
