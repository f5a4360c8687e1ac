"""MI-11: potential migrants who were counselled; intention to leave."""

from schemas.registration import ServiceDelivered
from schemas.text import Text
from services.reporting.counting.dimensions import AGE, SEX
from services.reporting.counting.history import History
from services.reporting.counting.indicator import (
    Counts,
    Disclosure,
    Form,
    Indicator,
    Kind,
    Measure,
    PlaceRule,
    Reading,
    Status,
    each,
)
from services.reporting.counting.observations import observed
from services.reporting.counting.words import ON_ITS_DAY, SERBIAN_LABOUR_MIGRANTS_ABROAD, unit


def counselled(history: History) -> Counts:
    """Everybody who receives migration counselling."""
    services = history.of(ServiceDelivered)
    return each(f for f in services if f.event.service == "migration_counselling")


MI_11 = Indicator(
    id="MI-11",
    category=SERBIAN_LABOUR_MIGRANTS_ABROAD,
    title=Text(
        sr="Саветовани пред могући одлазак; намера одласка",
        en="Potential migrants counselled; intention to leave",
    ),
    sentence=Text(
        sr="Колико лица је у периоду саветовано о миграцијама, и колико анкетираних младих "
        "намерава да оде?",
        en="How many people received migration counselling in the period, and how many of the "
        "young people surveyed intend to leave?",
    ),
    numerator=Text(
        sr="лица са услугом саветовања о миграцијама; одговори у анкети који најављују одлазак",
        en="persons with migration counselling; answers in a survey that intend to leave",
    ),
    denominator=Text(
        sr="за саветоване нема; за намеру сви одговори, ако су објављени",
        en="for those counselled none; for the intention all answers, where published",
    ),
    clock=ON_ITS_DAY,
    place_rule=PlaceRule.EVENT,
    owner="registration",
    definition_status=Status.PROPOSED,
    splits=(SEX, AGE),
    measures=(
        Measure(
            "counselled",
            Kind.PERSONS,
            counselled,
            (ServiceDelivered,),
            Text(sr="саветовани", en="counselled"),
            Disclosure.A,
        ),
        *observed(
            "intention_permanent",
            Text(sr="желе трајно да оду", en="want to leave for good"),
            unit("answers"),
        ),
        *observed(
            "intention_temporary",
            Text(sr="желе привремено да оду", en="want to leave for a time"),
            unit("answers"),
        ),
    ),
    readings=(
        Reading(Form.SHARE, "intention_permanent", "intention_permanent_base"),
        Reading(Form.SHARE, "intention_temporary", "intention_temporary_base"),
    ),
)
