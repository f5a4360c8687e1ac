"""MI-02: vacancies that are unfilled after 60 days."""

from datetime import date, timedelta

from schemas.bilingual_text import BilingualText
from schemas.events.matching import VacancyClosed, VacancyOpened
from services.reporting.domain.dimensions import OCCUPATION, SECTOR
from services.reporting.domain.history import Fact, History
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
from services.reporting.domain.labels import LABOUR_SUPPLY_AND_DEMAND, POSITIONS
from services.reporting.domain.vacancies import closing_of

DAYS_60 = timedelta(days=60)


def _due(history: History) -> CountedFacts:
    """Count every position on its 60th day, unless the vacancy was withdrawn by then."""
    for opened in history.of(VacancyOpened):
        if _closed_by_due(history, opened, "withdrawn") is None:
            yield CountedFact(opened, _due_on(opened), amount=opened.event.positions)


def _unfilled(history: History) -> CountedFacts:
    """Count those of them that no closing by then reports as filled."""
    for opened in history.of(VacancyOpened):
        if _closed_by_due(history, opened, "withdrawn") is None:
            filled = _closed_by_due(history, opened, "filled")
            taken = 0 if filled is None else filled.event.filled_positions
            yield CountedFact(
                opened, _due_on(opened), amount=max(0, opened.event.positions - taken)
            )


def _due_on(opened: Fact[VacancyOpened]) -> date:
    return opened.on + DAYS_60


def _closed_by_due(
    history: History, opened: Fact[VacancyOpened], outcome: str
) -> Fact[VacancyClosed] | None:
    """Return the closing of the vacancy if it had this outcome and came by the due day."""
    closing = closing_of(history, opened)
    if closing is None or closing.event.outcome != outcome or closing.on > _due_on(opened):
        return None
    return closing


MI_02 = Indicator(
    id="MI-02",
    version=1,
    category=LABOUR_SUPPLY_AND_DEMAND,
    title=BilingualText(
        sr="Радна места непопуњена после 60 дана", en="Vacancies unfilled after 60 days"
    ),
    sentence=BilingualText(
        sr="Од радних места којима је 60. дан од оглашавања пао у период, колико их је тада било "
        "непопуњено?",
        en="Of the positions whose 60th day after opening fell in the period, how many were "
        "unfilled then?",
    ),
    numerator=BilingualText(
        sr="оглашена радна места умањена за она која су до 60. дана затворена као попуњена",
        en="positions offered, less those closed as filled by the 60th day",
    ),
    denominator=BilingualText(
        sr="радна места из огласа који до 60. дана нису повучени",
        en="positions of vacancies that were not withdrawn by the 60th day",
    ),
    clock=BilingualText(sr="оглас + 60 дана", en="opening + 60 days"),
    place_rule=PlaceRule.EVENT,
    owner="matching",
    definition_status=DefinitionStatus.PROPOSED,
    splits=(OCCUPATION, SECTOR),
    measures=(
        Measure(
            "due",
            MeasureKind.COHORT,
            _due,
            (VacancyOpened,),
            BilingualText(sr="доспела радна места", en="positions due"),
            Disclosure.A,
            sums_amount=True,
            unit=POSITIONS,
        ),
        Measure(
            "unfilled",
            MeasureKind.COHORT,
            _unfilled,
            (VacancyOpened,),
            BilingualText(sr="непопуњена радна места", en="positions unfilled"),
            sums_amount=True,
            unit=POSITIONS,
        ),
    ),
    caveat=BilingualText(
        sr="рок од 60 дана је наш",
        en="the 60 days are ours",
    ),
    readings=(MeasureReading(ReadingForm.SHARE, "unfilled", "due"),),
)
