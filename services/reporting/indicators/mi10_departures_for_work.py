"""MI-10: registered departures for work."""

from schemas.bilingual_text import BilingualText
from schemas.events.registration import DepartureDeclared
from services.reporting.domain.attributes import PersonAttributes
from services.reporting.domain.dimensions import AGE, QUALIFICATION, SEX, FactSplit
from services.reporting.domain.history import Fact, History
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
from services.reporting.domain.labels import A_COUNT, ON_ITS_DAY, SERBIAN_LABOUR_MIGRANTS_ABROAD

_SHORT_UP_TO_MONTHS = 3
_MEDIUM_UP_TO_MONTHS = 12


def _departed(history: History) -> CountedFacts:
    """Count everybody who declares to leave for work."""
    return count_each(f for f in history.of(DepartureDeclared) if f.event.purpose == "work")


def _horizon(fact: Fact, _: PersonAttributes) -> tuple[str]:
    event = fact.event
    months = event.expected_months if isinstance(event, DepartureDeclared) else 0
    if months <= _SHORT_UP_TO_MONTHS:
        return ("short",)
    return ("medium" if months <= _MEDIUM_UP_TO_MONTHS else "long",)


_HORIZON = FactSplit("horizon", BilingualText(sr="трајање одласка", en="horizon"), _horizon)

MI_10 = Indicator(
    id="MI-10",
    version=2,
    category=SERBIAN_LABOUR_MIGRANTS_ABROAD,
    title=BilingualText(sr="Пријављени одласци на рад", en="Registered departures for work"),
    sentence=BilingualText(
        sr="Колико лица је у периоду пријавило одлазак у иностранство ради посла?",
        en="How many people declared in the period that they leave for work abroad?",
    ),
    numerator=BilingualText(
        sr="лица са пријављеним одласком ради посла",
        en="persons with a declared departure for work",
    ),
    denominator=A_COUNT,
    clock=ON_ITS_DAY,
    place_rule=PlaceRule.RESIDENCE,
    owner="registration",
    definition_status=DefinitionStatus.PROPOSED,
    splits=(SEX, AGE, _HORIZON, QUALIFICATION),
    measures=(
        Measure(
            "departed",
            MeasureKind.PERSONS,
            _departed,
            (DepartureDeclared,),
            BilingualText(sr="пријавили одлазак", en="departed"),
            Disclosure.A,
        ),
    ),
    caveat=BilingualText(
        sr="само пријављени део: ко оде без пријаве, није избројан",
        en="registered part only: who leaves without declaring it is not counted",
    ),
)
