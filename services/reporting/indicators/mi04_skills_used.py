"""MI-04: skills brought home and used."""

from datetime import date

from schemas.matching import PlacementMade
from schemas.periods import add_months
from schemas.registration import PersonEnrolled, ReturneeRegistered
from schemas.text import Text
from schemas.training import QualificationRecognised
from services.reporting.counting.attributes import Block, life
from services.reporting.counting.dimensions import AGE, QUALIFICATION, SEX
from services.reporting.counting.history import Days, Fact, History
from services.reporting.counting.indicator import (
    Counted,
    Counts,
    Form,
    Indicator,
    Kind,
    Measure,
    PlaceRule,
    Reading,
    Status,
)
from services.reporting.counting.words import BRAIN_CIRCULATION

DUE_AFTER_MONTHS = 12
SKILLED = frozenset({"3", "4", "5", "6", "7", "8"})


def due(history: History) -> Counts:
    """Everybody with a qualification from abroad, twelve months after it was first told."""
    for start in _starts(history):
        yield Counted(start, _due(start))


def used(history: History) -> Counts:
    """Those whose qualification was recognised, or who found work in their own field, by then."""
    for start in _starts(history):
        window = Days(start.on, _due(start))
        recognised = history.any(QualificationRecognised, within=window)
        if recognised or _worked_in_own_field(history, window):
            yield Counted(start, window.last)


def _starts(history: History) -> list[Fact[Block]]:
    """The first block that tells of a qualification from abroad; at most one."""
    blocks = life(history).blocks
    skilled = [f for f in blocks if f.event.qualification_abroad and _is_skilled(f.event)]
    return skilled[:1]


def _is_skilled(block: Block) -> bool:
    return block.qualification in SKILLED


def _due(start: Fact[Block]) -> date:
    return add_months(start.on, DUE_AFTER_MONTHS)


def _worked_in_own_field(history: History, window: Days) -> bool:
    """Whether a placement's occupation has the first two digits of the person's on that day."""
    return any(
        window.holds(made.on) and _is_own_field(history, made) for made in history.of(PlacementMade)
    )


def _is_own_field(history: History, made: Fact[PlacementMade]) -> bool:
    own = life(history).on(made.on).occupation
    return own is not None and own[:2] == made.event.occupation[:2]


MI_04 = Indicator(
    id="MI-04",
    category=BRAIN_CIRCULATION,
    title=Text(sr="Знања донета из иностранства и употребљена", en="Skills brought home and used"),
    sentence=Text(
        sr="Од лица са квалификацијом стеченом у иностранству, колико њих је за 12 месеци "
        "добило признање квалификације или нашло посао у својој струци?",
        en="Of those with a qualification earned abroad, how many had it recognised or found work "
        "in their own field within 12 months?",
    ),
    numerator=Text(
        sr="лица са признатом квалификацијом или запослењем у сопственом занимању (прве две "
        "цифре) у року од 12 месеци",
        en="persons with a recognised qualification, or a placement in their own occupation "
        "(first two digits), within 12 months",
    ),
    denominator=Text(
        sr="лица за која је пре 12 месеци први пут наведена квалификација нивоа 3–8 стечена у "
        "иностранству",
        en="persons of whom a qualification of level 3–8 earned abroad was first told 12 months "
        "before",
    ),
    clock=Text(
        sr="први податак о квалификацији из иностранства + 12 месеци",
        en="the first block that tells of the qualification + 12 months",
    ),
    place_rule=PlaceRule.EVENT,
    owner="training",
    definition_status=Status.PROPOSED,
    splits=(SEX, AGE, QUALIFICATION),
    measures=(
        Measure(
            "due",
            Kind.COHORT,
            due,
            (
                ReturneeRegistered,
                PersonEnrolled,
            ),
            Text(sr="доспели", en="due"),
        ),
        Measure(
            "used",
            Kind.COHORT,
            used,
            (
                ReturneeRegistered,
                PersonEnrolled,
            ),
            Text(sr="употребили знање", en="used"),
        ),
    ),
    readings=(Reading(Form.SHARE, "used", "due"),),
)
