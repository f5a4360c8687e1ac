"""MI-10: registered departures for work."""

from schemas.registration import DepartureDeclared
from schemas.text import Text
from services.reporting.counting.attributes import Person
from services.reporting.counting.dimensions import AGE, QUALIFICATION, SEX, FactSplit
from services.reporting.counting.history import Fact, History
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
from services.reporting.counting.words import A_COUNT, ON_ITS_DAY, SERBIAN_LABOUR_MIGRANTS_ABROAD

LONG_OVER_MONTHS = 12


def departed(history: History) -> Counts:
    """Everybody who declares to leave for work."""
    return each(f for f in history.of(DepartureDeclared) if f.event.purpose == "work")


def _horizon(fact: Fact, _: Person) -> tuple[str]:
    event = fact.event
    is_long = isinstance(event, DepartureDeclared) and event.expected_months > LONG_OVER_MONTHS
    return ("long" if is_long else "short",)


HORIZON = FactSplit("horizon", Text(sr="трајање одласка", en="horizon"), _horizon)

MI_10 = Indicator(
    id="MI-10",
    category=SERBIAN_LABOUR_MIGRANTS_ABROAD,
    title=Text(sr="Пријављени одласци на рад", en="Registered departures for work"),
    sentence=Text(
        sr="Колико лица је у периоду пријавило одлазак у иностранство ради посла?",
        en="How many people declared in the period that they leave for work abroad?",
    ),
    numerator=Text(
        sr="лица са пријављеним одласком ради посла",
        en="persons with a declared departure for work",
    ),
    denominator=A_COUNT,
    clock=ON_ITS_DAY,
    place_rule=PlaceRule.RESIDENCE,
    owner="registration",
    definition_status=Status.PROPOSED,
    splits=(SEX, AGE, HORIZON, QUALIFICATION),
    measures=(
        Measure(
            "departed",
            Kind.PERSONS,
            departed,
            (DepartureDeclared,),
            Text(sr="пријавили одлазак", en="departed"),
            Disclosure.A,
        ),
    ),
    caveat=Text(
        sr="само пријављени део: ко оде без пријаве, није избројан",
        en="registered part only: who leaves without declaring it is not counted",
    ),
)
