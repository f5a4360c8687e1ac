"""What the board shows about targets, and about silent partners."""

from datetime import UTC, date, datetime

import pytest

from schemas.declared_codes import shipped
from schemas.events.reference import TargetSet
from schemas.periods import parse_period
from schemas.territory import COUNCILS
from services.reporting.board.expectations import Expectations
from services.reporting.board.locale import Language, Locale
from services.reporting.board.page import BoardQuery, Page, build_page
from services.reporting.completeness.model import Completeness, mark_silent_zeros
from services.reporting.completeness.reporters import Reporter
from services.reporting.domain.history import Fact
from services.reporting.publication.policy import apply_policy
from services.reporting.tables.table import TOTAL, Value, ValueState
from services.reporting.targets.model import effective_targets
from tests.unit.reporting.builders import DEFINITIONS, PROKUPLJE, make_fact
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
    return make_fact(
        TargetSet, "2026-01-10", subject="t-MI-13", measure=measure, period=PERIOD, value=value
    )


def shown_page(
    *targets: Fact,
    number: int = 0,
    reporters: tuple[Reporter, ...] = (NES, SCHOOL),
    locale: Locale = Locale(),  # noqa: B008 - it never changes
) -> Page:
    """The page of a council where every published total is this number."""
    query = BoardQuery(COUNCILS[PROKUPLJE], parse_period(PERIOD), locale, NOW, NOW.date())
    completeness = Completeness(query.today, reporters, THROUGH if reporters else {})
    one = Value(TOTAL, number, ValueState.VALUE if number else ValueState.ZERO)
    values = {
        table.name: mark_silent_zeros(table, apply_policy(table, [one]), completeness)[0]
        for table in query.tables(DEFINITIONS)
    }
    expectations = Expectations(completeness, effective_targets(targets), shipped().organisations)
    return build_page(query, DEFINITIONS, values, NOW, expectations)


def targets_of(shown: Page) -> dict[str, str]:
    return {
        figure.key: figure.target
        for section in shown.sections
        for card in section.cards
        for figure in card.figures
        if figure.target
    }


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (Language.CYRILLIC, "циљ 40, 25 % (до данас: 22,6)"),
        (Language.LATIN, "cilj 40, 25 % (do danas: 22,6)"),
        (Language.ENGLISH, "target 40, 25 % (by today: 22.6)"),
    ],
)
def test_a_target_is_shown_with_its_number_in_every_script(
    language: Language, expected: str
) -> None:
    shown = shown_page(target("40"), number=10, locale=Locale(language))

    assert targets_of(shown) == {PLACED: expected}
    assert shown.tiles[2].figure.target == expected
    assert rendered(shown, language).count(expected) == 2


def test_a_hidden_number_is_shown_with_its_target_alone() -> None:
    shown = shown_page(target("20", "retained"), number=7)

    assert targets_of(shown) == {"MI-13.retained": "циљ 20"}


def test_a_silent_number_shows_since_when_its_partner_is_silent() -> None:
    figure = shown_page().tiles[2].figure

    assert (figure.number, figure.code) == (None, "silent")
    assert figure.state == "партнер не јавља од 11.11.2026."
    assert shown_page(number=3).tiles[2].figure.number == "3"


def test_a_ratio_of_silent_numbers_is_silent_too() -> None:
    cards = [
        card for section in shown_page().sections for card in section.cards if card.id == "MI-01"
    ]

    assert {figure.code for figure in cards[0].figures} == {ValueState.SILENT}


def test_the_table_of_reporters_shows_through_when_and_how_late() -> None:
    reports = shown_page().reports

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
    assert shown_page().banner.silent == "не јавља: Национална служба за запошљавање"
    assert shown_page(reporters=(SCHOOL,)).banner.silent is None


def test_an_empty_list_of_reporters_is_shown_as_such() -> None:
    shown = shown_page(reporters=())

    assert shown.reports == ()
    assert "Није одређено ко јавља" in rendered(shown)
    assert shown.tiles[2].figure.state == "0 (потврђено)"
