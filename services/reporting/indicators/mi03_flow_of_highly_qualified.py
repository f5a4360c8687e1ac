"""MI-03: movement of the highly qualified, as far as it is registered."""

from schemas.bilingual_text import BilingualText
from schemas.events.registration import DepartureDeclared, ReturneeRegistered
from services.reporting.domain.attributes import attribute_timeline
from services.reporting.domain.history import Fact, History
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
from services.reporting.domain.labels import BRAIN_CIRCULATION, ON_ITS_DAY

_LONG_ABSENCE_OVER_MONTHS = 12


def _came_in(history: History) -> CountedFacts:
    """Count highly qualified returnees."""
    return count_each(f for f in history.of(ReturneeRegistered) if _is_highly_qualified(history, f))


def _went_out(history: History) -> CountedFacts:
    """Count highly qualified people who declare to leave for more than a year."""
    departures = history.of(DepartureDeclared)
    for_long = (f for f in departures if f.event.expected_months > _LONG_ABSENCE_OVER_MONTHS)
    return count_each(f for f in for_long if _is_highly_qualified(history, f))


def _is_highly_qualified(history: History, fact: Fact) -> bool:
    return attribute_timeline(history).on(fact.on).qualification == "high"


MI_03 = Indicator(
    id="MI-03",
    version=2,
    category=BRAIN_CIRCULATION,
    title=BilingualText(
        sr="Кретање високообразованих (евидентирани део)",
        en="Movement of the highly qualified (registered part)",
    ),
    sentence=BilingualText(
        sr="Колико се високообразованих лица у периоду вратило, а колико је пријавило одлазак "
        "дужи од годину дана?",
        en="How many highly qualified people came back in the period, and how many declared to "
        "leave for more than a year?",
    ),
    numerator=BilingualText(
        sr="регистровани повратници са нивоом квалификације 6–8 тог дана",
        en="registered returnees with qualification level 6–8 on the day",
    ),
    denominator=BilingualText(
        sr="нема: одузимају се пријављени одласци дужи од 12 месеци лица са нивоом 6–8",
        en="none: declared departures for more than 12 months of persons with level 6–8 are "
        "subtracted",
    ),
    clock=ON_ITS_DAY,
    place_rule=PlaceRule.RESIDENCE,
    owner="registration",
    definition_status=DefinitionStatus.PROPOSED,
    splits=(),
    measures=(
        Measure(
            "in",
            MeasureKind.PERSONS,
            _came_in,
            (ReturneeRegistered,),
            BilingualText(sr="дошли", en="in"),
        ),
        Measure(
            "out",
            MeasureKind.PERSONS,
            _went_out,
            (DepartureDeclared,),
            BilingualText(sr="отишли", en="out"),
        ),
    ),
    readings=(MeasureReading(ReadingForm.DIFFERENCE, "in", "out"),),
    caveat=BilingualText(
        sr="делимично: броје се само регистровани повратници и пријављени одласци",
        en="partial: only registered returnees and declared departures are counted",
    ),
)
