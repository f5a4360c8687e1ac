"""MI-11: potential migrants who were counselled; intention to leave."""

from schemas.bilingual_text import BilingualText
from schemas.events.registration import ServiceDelivered
from services.reporting.domain.dimensions import AGE, SEX
from services.reporting.domain.history import History
from services.reporting.domain.indicator import (
    CountedFacts,
    DefinitionStatus,
    Indicator,
    Measure,
    MeasureKind,
    MeasureReading,
    PlaceRule,
    ReadingForm,
    count_each,
)
from services.reporting.domain.labels import (
    ON_ITS_DAY,
    SERBIAN_LABOUR_MIGRANTS_ABROAD,
    unit_of_series,
)
from services.reporting.domain.observations import observed


def _counselled(history: History) -> CountedFacts:
    """Count everybody who receives migration counselling."""
    services = history.of(ServiceDelivered)
    return count_each(f for f in services if f.event.service == "migration_counselling")


MI_11 = Indicator(
    id="MI-11",
    version=1,
    category=SERBIAN_LABOUR_MIGRANTS_ABROAD,
    title=BilingualText(
        sr="Саветовани пред могући одлазак; намера одласка",
        en="Potential migrants counselled; intention to leave",
    ),
    sentence=BilingualText(
        sr="Колико лица је у периоду саветовано о миграцијама, и колико анкетираних младих "
        "намерава да оде?",
        en="How many people received migration counselling in the period, and how many of the "
        "young people surveyed intend to leave?",
    ),
    numerator=BilingualText(
        sr="лица са услугом саветовања о миграцијама; одговори у анкети који најављују одлазак",
        en="persons with migration counselling; answers in a survey that intend to leave",
    ),
    denominator=BilingualText(
        sr="за саветоване нема; за намеру сви одговори, ако су објављени",
        en="for those counselled none; for the intention all answers, where published",
    ),
    clock=ON_ITS_DAY,
    place_rule=PlaceRule.EVENT,
    owner="registration",
    definition_status=DefinitionStatus.PROPOSED,
    splits=(SEX, AGE),
    measures=(
        Measure(
            "counselled",
            MeasureKind.PERSONS,
            _counselled,
            (ServiceDelivered,),
            BilingualText(sr="саветовани", en="counselled"),
        ),
        *observed(
            "intention_permanent",
            BilingualText(sr="желе трајно да оду", en="want to leave for good"),
            unit_of_series("intention_permanent"),
        ),
        *observed(
            "intention_temporary",
            BilingualText(sr="желе привремено да оду", en="want to leave for a time"),
            unit_of_series("intention_temporary"),
        ),
    ),
    readings=(
        MeasureReading(ReadingForm.SHARE, "intention_permanent", "intention_permanent_base"),
        MeasureReading(ReadingForm.SHARE, "intention_temporary", "intention_temporary_base"),
    ),
)
