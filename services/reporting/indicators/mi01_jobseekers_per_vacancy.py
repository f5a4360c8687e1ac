"""MI-01: jobseekers per open vacancy."""

from schemas.bilingual_text import BilingualText
from schemas.events.matching import JobseekerRegistered, VacancyOpened
from services.reporting.domain.dimensions import OCCUPATION_OF_FACT_OR_PERSON
from services.reporting.domain.history import History
from services.reporting.domain.indicator import (
    CountedFact,
    CountedFacts,
    DefinitionStatus,
    Disclosure,
    Indicator,
    Measure,
    MeasureKind,
    MeasureReading,
    PlaceRule,
    ReadingForm,
)
from services.reporting.domain.labels import AT_THE_END, LABOUR_SUPPLY_AND_DEMAND, POSITIONS
from services.reporting.domain.shared_rules import spells
from services.reporting.domain.vacancies import closing_of


def _jobseekers(history: History) -> CountedFacts:
    """Count every spell, from the registration until the next deregistration."""
    for spell in spells(history):
        yield CountedFact(spell.registered, spell.registered.on, spell.until)


def _positions(history: History) -> CountedFacts:
    """Count every opening with its positions until its closing, unless closed on the same day."""
    for opened in history.of(VacancyOpened):
        closing = closing_of(history, opened)
        until = None if closing is None else closing.on
        if until != opened.on:
            yield CountedFact(opened, opened.on, until, opened.event.positions)


def _notified(history: History) -> CountedFacts:
    """Count every opening on its day, with its positions."""
    for opened in history.of(VacancyOpened):
        yield CountedFact(opened, opened.on, amount=opened.event.positions)


MI_01 = Indicator(
    id="MI-01",
    version=2,
    category=LABOUR_SUPPLY_AND_DEMAND,
    title=BilingualText(
        sr="Тражиоци посла на једно слободно радно место", en="Jobseekers per open vacancy"
    ),
    sentence=BilingualText(
        sr="Колико лица на евиденцији незапослених долази на једно отворено радно место на крају "
        "периода?",
        en="How many registered jobseekers are there for one open position at the end of the "
        "period?",
    ),
    numerator=BilingualText(
        sr="лица пријављена на евиденцију незапослених и још неодјављена",
        en="persons registered as jobseekers and not yet deregistered",
    ),
    denominator=BilingualText(
        sr="радна места из отворених, још незатворених огласа",
        en="positions of vacancies that are opened and not yet closed",
    ),
    clock=AT_THE_END,
    place_rule=PlaceRule.EVENT,
    owner="matching",
    definition_status=DefinitionStatus.PROPOSED,
    splits=(OCCUPATION_OF_FACT_OR_PERSON,),
    measures=(
        Measure(
            "jobseekers",
            MeasureKind.STOCK,
            _jobseekers,
            (JobseekerRegistered,),
            BilingualText(sr="тражиоци посла", en="jobseekers"),
            Disclosure.A,
        ),
        Measure(
            "positions",
            MeasureKind.STOCK,
            _positions,
            (VacancyOpened,),
            BilingualText(sr="отворена радна места", en="open positions"),
            Disclosure.A,
            sums_amount=True,
            unit=POSITIONS,
        ),
        Measure(
            "notified",
            MeasureKind.PERSONS,
            _notified,
            (VacancyOpened,),
            BilingualText(sr="пријављене потребе", en="positions notified"),
            Disclosure.A,
            sums_amount=True,
            unit=POSITIONS,
        ),
    ),
    readings=(
        MeasureReading(
            ReadingForm.RATIO,
            "jobseekers",
            "positions",
            BilingualText(sr="нема слободних радних места", en="no vacancies"),
        ),
    ),
)
