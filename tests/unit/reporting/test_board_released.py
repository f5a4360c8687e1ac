"""A closed period on the board: its state in the banner, what was frozen beside what is now."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from schemas.periods import parse
from services.reporting.board.page import Page, page
from services.reporting.board.released import released
from services.reporting.board.tongue import Language, Tongue
from services.reporting.board.words import WHY
from services.reporting.closing.model import Row
from services.reporting.closing.reading import Frozen
from services.reporting.explaining.changes import Reason
from services.reporting.tables.table import TOTAL, Number, State, Value

from .telling import DEFINITIONS
from .test_board_page import NOW, ONE, asked, rendered

CLOSED = datetime(2026, 7, 20, 22, 30, tzinfo=UTC)
"""After midnight in Belgrade."""


def was(number: Number | None) -> Frozen:
    """Version 2 of a period; `placed` was this number, everything else 59."""
    rows = {
        f"{indicator.id}.{measure.name}": Row(
            *(indicator.id, measure.name, TOTAL, TOTAL), ONE.value, State.VALUE
        )
        for indicator in DEFINITIONS
        for measure in indicator.measures
    }
    rows["MI-13.placed"] = rows["MI-13.placed"]._replace(value=number)
    return Frozen(2, "00", CLOSED, None, rows, {"MI-13": ("correction", "late")})


def shown(frozen: Frozen | None, tongue: Tongue, now: Value = ONE, period: str = "2026-Q2") -> Page:
    """The page of a council's second quarter."""
    question = replace(asked(tongue), period=parse(period))
    values = {table.name: ONE for table in question.tables(DEFINITIONS)} | {"MI-13.placed": now}
    return released(page(question, DEFINITIONS, values, NOW), frozen, values, question)


def revised(page: Page) -> dict[str, str]:
    """The marks of all figures in the tables."""
    return {
        figure.key: figure.revised
        for section in page.sections
        for card in section.cards
        for figure in card.figures
        if figure.revised
    }


@pytest.mark.parametrize(
    ("language", "state", "mark"),
    [
        (
            Language.CYRILLIC,
            "закључено, верзија 2 (21.7.2026.)",
            "ревидирано: у верзији 2 било је 58 (исправка, накнадна пријава)",
        ),
        (
            Language.LATIN,
            "zaključeno, verzija 2 (21.7.2026.)",
            "revidirano: u verziji 2 bilo je 58 (ispravka, naknadna prijava)",
        ),
        (
            Language.ENGLISH,
            "closed, version 2 (21 July 2026)",
            "revised: version 2 had 58 (correction, late report)",
        ),
    ],
)
def test_a_revised_number_has_what_was_frozen_beside_it(
    language: Language, state: str, mark: str
) -> None:
    tongue = Tongue(language)
    told = shown(was(Decimal("58.00")), tongue)

    assert told.banner.period.endswith(f" · {state}")
    assert revised(told) == {"MI-13.placed": mark}
    assert told.tiles[2].figure.revised == mark
    assert rendered(told, language).count(mark) == 2


def test_a_period_that_was_never_closed_says_so_when_it_is_over() -> None:
    told = [shown(None, Tongue(), period=period) for period in ("2026-Q2", "2026-Q4", "to-2026-06")]

    assert [page.banner.period for page in told] == [
        "период је завршен 30.6.2026. · није закључен",
        "период траје до 31.12.2026.",
        "период је завршен 30.6.2026.",
    ]
    assert [revised(page) for page in told] == [{}, {}, {}]


def test_a_reopened_period_says_so_and_marks_nothing() -> None:
    frozen = replace(was(58), reopened_at=CLOSED, totals={}, reasons={})
    told = shown(frozen, Tongue())

    assert told.banner.period.endswith(" · поново отворено 21.7.2026., после верзије 2")
    assert revised(told) == {}


@pytest.mark.parametrize(
    ("number", "now", "mark"),
    [
        (59, ONE, None),
        (58, Value(TOTAL, None, State.WITHHELD), None),
        (None, ONE, "ревидирано: у верзији 2 било је – (исправка, накнадна пријава)"),
    ],
)
def test_only_another_number_is_marked(number: Number | None, now: Value, mark: str | None) -> None:
    assert revised(shown(was(number), Tongue(), now)).get("MI-13.placed") == mark


def test_every_reason_has_its_words() -> None:
    assert set(WHY) == set(Reason)
