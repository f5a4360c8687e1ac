"""What the board says of targets, and of partners that are silent."""

from datetime import UTC, date, datetime

import pytest

from schemas.declarations import shipped
from schemas.periods import parse
from schemas.reference import TargetSet
from schemas.territory import COUNCILS
from services.reporting.board.expected import Expected
from services.reporting.board.page import Page, Question, page
from services.reporting.board.tongue import Language, Tongue
from services.reporting.counting.history import Fact
from services.reporting.expecting.completeness import Completeness, judged
from services.reporting.expecting.reporters import Reporter
from services.reporting.expecting.targets import standing
from services.reporting.publishing.policy import published
from services.reporting.tables.table import TOTAL, State, Value
from tests.unit.reporting.telling import DEFINITIONS, PROKUPLJE, said
from tests.unit.reporting.test_board_page import rendered

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
PERIOD = "2026-Q4"
NES = Reporter("o-nes", "matching", PROKUPLJE, date(2026, 1, 1))
SCHOOL = Reporter("o-technical-school", "training", PROKUPLJE, date(2026, 1, 1))
THROUGH = {
    NES.key: date(2026, 11, 10),
    SCHOOL.key: date(2026, 11, 21),
    ("o-matis", "matching", PROKUPLJE): date(2026, 10, 1),
}
PLACED = "MI-13.placed"


def target(value: str, measure: str = "placed") -> Fact:
    return said(
        TargetSet, "2026-01-10", subject="t-MI-13", measure=measure, period=PERIOD, value=value
    )


def told(
    *targets: Fact,
    number: int = 0,
    reporters: tuple[Reporter, ...] = (NES, SCHOOL),
    tongue: Tongue = Tongue(),  # noqa: B008 - it never changes
) -> Page:
    """The page of a council where every published total is this number."""
    asked = Question(COUNCILS[PROKUPLJE], parse(PERIOD), tongue, NOW, NOW.date())
    completeness = Completeness(asked.today, reporters, THROUGH if reporters else {})
    one = Value(TOTAL, number, State.VALUE if number else State.ZERO)
    values = {
        table.name: judged(table, published(table, [one]), completeness)[0]
        for table in asked.tables(DEFINITIONS)
    }
    expected = Expected(completeness, standing(targets), shipped().organisations)
    return page(asked, DEFINITIONS, values, NOW, expected)


def goals(shown: Page) -> dict[str, str]:
    return {
        figure.key: figure.goal
        for section in shown.sections
        for card in section.cards
        for figure in card.figures
        if figure.goal
    }


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (Language.CYRILLIC, "циљ 40, 25 % (до данас: 22,6)"),
        (Language.LATIN, "cilj 40, 25 % (do danas: 22,6)"),
        (Language.ENGLISH, "target 40, 25 % (by today: 22.6)"),
    ],
)
def test_a_target_stands_beside_its_number_in_every_script(
    language: Language, expected: str
) -> None:
    shown = told(target("40"), number=10, tongue=Tongue(language))

    assert goals(shown) == {PLACED: expected}
    assert shown.tiles[2].figure.goal == expected
    assert rendered(shown, language).count(expected) == 2


def test_of_a_hidden_number_the_board_tells_the_target_alone() -> None:
    shown = told(target("20", "retained"), number=7)

    assert goals(shown) == {"MI-13.retained": "циљ 20"}


def test_a_silent_number_says_since_when_its_partner_is_silent() -> None:
    figure = told().tiles[2].figure

    assert (figure.number, figure.code) == (None, "silent")
    assert figure.state == "партнер не јавља од 11.11.2026."
    assert told(number=3).tiles[2].figure.number == "3"


def test_a_ratio_of_silent_numbers_is_silent_too() -> None:
    cards = [card for section in told().sections for card in section.cards if card.id == "MI-01"]

    assert {figure.code for figure in cards[0].figures} == {State.SILENT}


def test_the_box_tells_who_reports_through_when_and_how_late() -> None:
    reports = told().reports

    assert [(r.organisation, r.domain, r.through, r.days_late, r.state) for r in reports] == [
        (
            "Национална служба за запошљавање",
            "запошљавање",
            "10.11.2026.",
            "11",
            "партнер не јавља од 11.11.2026.",
        ),
        ("Техничка школа „15. мај“ Прокупље", "обуке", "21.11.2026.", "0", "јавља"),
        ("Матис Ивањица", "запошљавање", "1.10.2026.", "0", "јавља, а није на списку"),
    ]


def test_the_banner_names_the_silent_partners() -> None:
    assert told().banner.silent == "не јавља: Национална служба за запошљавање"
    assert told(reporters=(SCHOOL,)).banner.silent is None


def test_where_nobody_is_on_the_list_the_box_says_so() -> None:
    shown = told(reporters=())

    assert shown.reports == ()
    assert "Није одређено ко јавља" in rendered(shown)
    assert shown.tiles[2].figure.state == "0 (потврђено)"
