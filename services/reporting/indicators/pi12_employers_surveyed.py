"""PI-12: employers who were surveyed, and those of them who are interested."""

from schemas.bilingual_text import BilingualText
from services.reporting.domain.indicator import (
    DefinitionStatus,
    Indicator,
    MeasureReading,
    PlaceRule,
    ReadingForm,
)
from services.reporting.domain.labels import AS_OBSERVED, PROGRAMME_RESULTS, unit_of_series
from services.reporting.domain.observations import observed

PI_12 = Indicator(
    id="PI-12",
    version=1,
    category=PROGRAMME_RESULTS,
    title=BilingualText(
        sr="Анкетирани и заинтересовани послодавци", en="Employers surveyed, interested"
    ),
    sentence=BilingualText(
        sr="Колико предузећа је анкетирано, и колико њих је заинтересовано за процесе управљања?",
        en="How many companies were surveyed, and how many are interested in governance processes?",
    ),
    numerator=BilingualText(sr="заинтересована предузећа", en="companies that are interested"),
    denominator=BilingualText(sr="анкетирана предузећа", en="companies that were surveyed"),
    clock=AS_OBSERVED,
    place_rule=PlaceRule.EVENT,
    owner="reference",
    definition_status=DefinitionStatus.REPORT,
    splits=(),
    measures=(
        *observed(
            "employers_surveyed",
            BilingualText(sr="анкетирани", en="employers surveyed"),
            unit_of_series("employers_surveyed"),
        ),
        *observed(
            "employers_interested",
            BilingualText(sr="заинтересовани", en="employers interested"),
            unit_of_series("employers_interested"),
        ),
    ),
    readings=(MeasureReading(ReadingForm.SHARE, "employers_interested", "employers_surveyed"),),
)
