"""MI-03: net flow of the highly qualified."""

from schemas.registration import DepartureDeclared, ReturneeRegistered
from schemas.text import Text
from services.reporting.counting.attributes import life
from services.reporting.counting.history import Fact, History
from services.reporting.counting.indicator import (
    Counts,
    Form,
    Indicator,
    Kind,
    Measure,
    PlaceRule,
    Reading,
    Status,
    each,
)
from services.reporting.counting.words import BRAIN_CIRCULATION, ON_ITS_DAY

LONG_ABSENCE_OVER_MONTHS = 12


def came_in(history: History) -> Counts:
    """Highly qualified returnees."""
    return each(f for f in history.of(ReturneeRegistered) if _is_highly_qualified(history, f))


def went_out(history: History) -> Counts:
    """Highly qualified people who declare to leave for more than a year."""
    departures = history.of(DepartureDeclared)
    for_long = (f for f in departures if f.event.expected_months > LONG_ABSENCE_OVER_MONTHS)
    return each(f for f in for_long if _is_highly_qualified(history, f))


def _is_highly_qualified(history: History, fact: Fact) -> bool:
    return life(history).on(fact.on).qualification == "high"


MI_03 = Indicator(
    id="MI-03",
    category=BRAIN_CIRCULATION,
    title=Text(sr="Нето кретање високообразованих", en="Net flow of the highly qualified"),
    sentence=Text(
        sr="Колико се високообразованих лица у периоду вратило, а колико је пријавило одлазак "
        "дужи од годину дана?",
        en="How many highly qualified people came back in the period, and how many declared to "
        "leave for more than a year?",
    ),
    numerator=Text(
        sr="регистровани повратници са нивоом квалификације 6–8 тог дана",
        en="registered returnees with qualification level 6–8 on the day",
    ),
    denominator=Text(
        sr="нема: одузимају се пријављени одласци дужи од 12 месеци лица са нивоом 6–8",
        en="none: declared departures for more than 12 months of persons with level 6–8 are "
        "subtracted",
    ),
    clock=ON_ITS_DAY,
    place_rule=PlaceRule.RESIDENCE,
    owner="registration",
    definition_status=Status.PROPOSED,
    splits=(),
    measures=(
        Measure("in", Kind.PERSONS, came_in, (ReturneeRegistered,), Text(sr="дошли", en="in")),
        Measure("out", Kind.PERSONS, went_out, (DepartureDeclared,), Text(sr="отишли", en="out")),
    ),
    readings=(Reading(Form.DIFFERENCE, "in", "out"),),
    caveat=Text(
        sr="делимично: броје се само регистровани повратници и пријављени одласци",
        en="partial: only registered returnees and declared departures are counted",
    ),
)
