"""MI-05: returnees who were registered, beside the returns that offices count."""

from schemas.bilingual_text import BilingualText
from schemas.events.registration import ReturneeRegistered
from services.reporting.domain.dimensions import (
    AGE,
    COUNTRY,
    HOUSEHOLD,
    MODALITY,
    QUALIFICATION,
    SEX,
)
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
from services.reporting.domain.labels import (
    A_COUNT,
    MONITORING_OF_RETURNS,
    ON_ITS_DAY,
    unit_of_series,
)
from services.reporting.domain.observations import observed


def _registered(history: History) -> CountedFacts:
    """Count everybody registered as a returnee."""
    return count_each(history.of(ReturneeRegistered))


MI_05 = Indicator(
    id="MI-05",
    version=2,
    category=MONITORING_OF_RETURNS,
    title=BilingualText(sr="Регистровани повратници", en="Registered returnees"),
    sentence=BilingualText(
        sr="Колико лица је у периоду регистровано као повратник у Србију?",
        en="How many people were registered in the period as having come back to Serbia?",
    ),
    numerator=BilingualText(
        sr="лица за која је евидентирана регистрација повратника",
        en="persons with a registration as a returnee",
    ),
    denominator=A_COUNT,
    clock=ON_ITS_DAY,
    place_rule=PlaceRule.EVENT,
    owner="registration",
    definition_status=DefinitionStatus.PROPOSED,
    splits=(SEX, AGE, MODALITY, COUNTRY, HOUSEHOLD, QUALIFICATION),
    measures=(
        Measure(
            "registered",
            MeasureKind.PERSONS,
            _registered,
            (ReturneeRegistered,),
            BilingualText(sr="регистровани", en="registered"),
            Disclosure.A,
        ),
        *observed(
            "returns_requested",
            BilingualText(sr="захтеви за реадмисију", en="readmission requests"),
            unit_of_series("returns_requested"),
        ),
        *observed(
            "returns_realised",
            BilingualText(sr="спроведени повраци по реадмисији", en="returns carried out"),
            unit_of_series("returns_realised"),
        ),
    ),
)
