"""MI-04: skills brought home and used."""

from datetime import date

from schemas.bilingual_text import BilingualText
from schemas.events.matching import PlacementMade
from schemas.events.registration import PersonEnrolled, ReturneeRegistered
from schemas.events.training import QualificationRecognised
from schemas.periods import DayRange, add_months
from services.reporting.domain.attributes import Block, attribute_timeline
from services.reporting.domain.dimensions import AGE, QUALIFICATION, SEX
from services.reporting.domain.history import Fact, History
from services.reporting.domain.indicator import (
    CountedFact,
    CountedFacts,
    DefinitionStatus,
    Indicator,
    Measure,
    MeasureKind,
    MeasureReading,
    PlaceRule,
    ReadingForm,
)
from services.reporting.domain.labels import BRAIN_CIRCULATION, CASES

_DUE_AFTER_MONTHS = 12
_SKILLED = frozenset({"3", "4", "5", "6", "7", "8"})


def _due(history: History) -> CountedFacts:
    """Count people with a qualification from abroad 12 months after it was first reported."""
    for start in _starts(history):
        yield CountedFact(start, _due_on(start))


def _used(history: History) -> CountedFacts:
    """Count those whose qualification was recognised or who worked in their own field by then."""
    for start in _starts(history):
        window = DayRange(start.on, _due_on(start))
        recognised = history.has_any(QualificationRecognised, within=window)
        if recognised or _worked_in_own_field(history, window):
            yield CountedFact(start, window.last)


def _starts(history: History) -> list[Fact[Block]]:
    """Return the first block with a qualification from abroad; at most one."""
    blocks = attribute_timeline(history).blocks
    skilled = [f for f in blocks if f.event.qualification_abroad and _is_skilled(f.event)]
    return skilled[:1]


def _is_skilled(block: Block) -> bool:
    return block.qualification in _SKILLED


def _due_on(start: Fact[Block]) -> date:
    return add_months(start.on, _DUE_AFTER_MONTHS)


def _worked_in_own_field(history: History, window: DayRange) -> bool:
    """Return whether a placement's occupation starts with the two digits of the person's own."""
    return any(
        window.contains(made.on) and _is_own_field(history, made)
        for made in history.of(PlacementMade)
    )


def _is_own_field(history: History, made: Fact[PlacementMade]) -> bool:
    own = attribute_timeline(history).on(made.on).occupation
    return own is not None and own[:2] == made.event.occupation[:2]


MI_04 = Indicator(
    id="MI-04",
    version=1,
    category=BRAIN_CIRCULATION,
    title=BilingualText(
        sr="Знања донета из иностранства и употребљена", en="Skills brought home and used"
    ),
    sentence=BilingualText(
        sr="Од лица са квалификацијом стеченом у иностранству, колико њих је за 12 месеци "
        "добило признање квалификације или нашло посао у својој струци?",
        en="Of those with a qualification earned abroad, how many had it recognised or found work "
        "in their own field within 12 months?",
    ),
    numerator=BilingualText(
        sr="лица са признатом квалификацијом или запослењем у сопственом занимању (прве две "
        "цифре) у року од 12 месеци",
        en="persons with a recognised qualification, or a placement in their own occupation "
        "(first two digits), within 12 months",
    ),
    denominator=BilingualText(
        sr="лица за која је пре 12 месеци први пут наведена квалификација нивоа 3–8 стечена у "
        "иностранству",
        en="persons of whom a qualification of level 3–8 from abroad was first reported 12 months "
        "before",
    ),
    clock=BilingualText(
        sr="први податак о квалификацији из иностранства + 12 месеци",
        en="the first block with the qualification + 12 months",
    ),
    place_rule=PlaceRule.EVENT,
    owner="training",
    definition_status=DefinitionStatus.PROPOSED,
    splits=(SEX, AGE, QUALIFICATION),
    measures=(
        Measure(
            "due",
            MeasureKind.COHORT,
            _due,
            (
                ReturneeRegistered,
                PersonEnrolled,
            ),
            BilingualText(sr="доспели", en="due"),
            unit=CASES,
        ),
        Measure(
            "used",
            MeasureKind.COHORT,
            _used,
            (
                ReturneeRegistered,
                PersonEnrolled,
            ),
            BilingualText(sr="употребили знање", en="used"),
            unit=CASES,
        ),
    ),
    readings=(MeasureReading(ReadingForm.SHARE, "used", "due"),),
)
