"""MI-01: jobseekers per open vacancy."""

from schemas.matching import JobseekerRegistered, VacancyOpened
from schemas.text import Text
from services.reporting.counting.dimensions import OCCUPATION_OR_THE_PERSONS
from services.reporting.counting.history import History
from services.reporting.counting.indicator import (
    Counted,
    Counts,
    Disclosure,
    Form,
    Indicator,
    Kind,
    Measure,
    PlaceRule,
    Reading,
    Status,
)
from services.reporting.counting.spells import spells
from services.reporting.counting.vacancies import closing_of
from services.reporting.counting.words import AT_THE_END, LABOUR_SUPPLY_AND_DEMAND, POSITIONS


def jobseekers(history: History) -> Counts:
    """Every spell, from the registration until the next deregistration."""
    for spell in spells(history):
        yield Counted(spell.registered, spell.registered.on, spell.until)


def positions(history: History) -> Counts:
    """Every opening with its positions, until its closing; one closed at once was never open."""
    for opened in history.of(VacancyOpened):
        closing = closing_of(history, opened)
        until = None if closing is None else closing.on
        if until != opened.on:
            yield Counted(opened, opened.on, until, opened.event.positions)


MI_01 = Indicator(
    id="MI-01",
    category=LABOUR_SUPPLY_AND_DEMAND,
    title=Text(sr="Тражиоци посла на једно слободно радно место", en="Jobseekers per open vacancy"),
    sentence=Text(
        sr="Колико лица на евиденцији незапослених долази на једно отворено радно место на крају "
        "периода?",
        en="How many registered jobseekers are there for one open position at the end of the "
        "period?",
    ),
    numerator=Text(
        sr="лица пријављена на евиденцију незапослених и још неодјављена",
        en="persons registered as jobseekers and not yet deregistered",
    ),
    denominator=Text(
        sr="радна места из отворених, још незатворених огласа",
        en="positions of vacancies that are opened and not yet closed",
    ),
    clock=AT_THE_END,
    place_rule=PlaceRule.EVENT,
    owner="matching",
    definition_status=Status.PROPOSED,
    splits=(OCCUPATION_OR_THE_PERSONS,),
    measures=(
        Measure(
            "jobseekers",
            Kind.STOCK,
            jobseekers,
            (JobseekerRegistered,),
            Text(sr="тражиоци посла", en="jobseekers"),
            Disclosure.A,
        ),
        Measure(
            "positions",
            Kind.STOCK,
            positions,
            (VacancyOpened,),
            Text(sr="отворена радна места", en="open positions"),
            Disclosure.A,
            sums_amount=True,
            unit=POSITIONS,
        ),
    ),
    readings=(
        Reading(
            Form.RATIO,
            "jobseekers",
            "positions",
            Text(sr="нема слободних радних места", en="no vacancies"),
        ),
    ),
)
