"""MI-05: returnees who were registered."""

from schemas.registration import ReturneeRegistered
from schemas.text import Text
from services.reporting.counting.dimensions import (
    AGE,
    COUNTRY,
    HOUSEHOLD,
    MODALITY,
    QUALIFICATION,
    SEX,
)
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
from services.reporting.counting.words import A_COUNT, MONITORING_OF_RETURNS, ON_ITS_DAY


def registered(history: History) -> Counts:
    """Everybody registered as a returnee."""
    return each(history.of(ReturneeRegistered))


MI_05 = Indicator(
    id="MI-05",
    category=MONITORING_OF_RETURNS,
    title=Text(sr="Регистровани повратници", en="Registered returnees"),
    sentence=Text(
        sr="Колико лица је у периоду регистровано као повратник у Србију?",
        en="How many people were registered in the period as having come back to Serbia?",
    ),
    numerator=Text(
        sr="лица за која је евидентирана регистрација повратника",
        en="persons with a registration as a returnee",
    ),
    denominator=A_COUNT,
    clock=ON_ITS_DAY,
    place_rule=PlaceRule.EVENT,
    owner="registration",
    definition_status=Status.PROPOSED,
    splits=(SEX, AGE, MODALITY, COUNTRY, HOUSEHOLD, QUALIFICATION),
    measures=(
        Measure(
            "registered",
            Kind.PERSONS,
            registered,
            (ReturneeRegistered,),
            Text(sr="регистровани", en="registered"),
            Disclosure.A,
        ),
    ),
)
