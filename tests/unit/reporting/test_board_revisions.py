"""A closed period on the board: its state in the banner, and notes on revised numbers."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from schemas.periods import parse_period
from services.reporting.board.locale import Language, Locale
from services.reporting.board.page import Page, build_page
from services.reporting.board.revisions import with_release
from services.reporting.board.translations import REVISION_REASONS
from services.reporting.lineage.attribution import ChangeReason
from services.reporting.releases.annotate import LatestRelease
from services.reporting.releases.model import ReleaseValue
from services.reporting.tables.table import TOTAL, Number, Value, ValueState

from .builders import DEFINITIONS
from .test_board_page import NOW, ONE, board_query, rendered

CLOSED = datetime(2026, 7, 20, 22, 30, tzinfo=UTC)
"""After midnight in Belgrade."""


def release_with(number: Number | None) -> LatestRelease:
    """Version 2 of a period; `placed` has this number, everything else 59."""
    rows = {
        f"{indicator.id}.{measure.name}": ReleaseValue(
            *(indicator.id, measure.name, TOTAL, TOTAL), ONE.value, ValueState.VALUE
        )
        for indicator in DEFINITIONS
        for measure in indicator.measures
    }
    rows["MI-13.placed"] = rows["MI-13.placed"]._replace(value=number)
    return LatestRelease(2, "00", CLOSED, None, rows, {"MI-13": ("correction", "late")})


def shown(
    release: LatestRelease | None, locale: Locale, now: Value = ONE, period: str = "2026-Q2"
) -> Page:
    """The page of a council's second quarter."""
    query = replace(board_query(locale), period=parse_period(period))
    values = {table.name: ONE for table in query.tables(DEFINITIONS)} | {"MI-13.placed": now}
    return with_release(build_page(query, DEFINITIONS, values, NOW), release, values, query)


def revised(page: Page) -> dict[str, str]:
    """The notes of all figures in the tables."""
    return {
        figure.key: figure.revised
        for section in page.sections
        for card in section.cards
        for figure in card.figures
        if figure.revised
    }


@pytest.mark.parametrize(
    ("language", "state", "note"),
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
def test_a_revised_number_has_a_note_with_the_number_in_the_release(
    language: Language, state: str, note: str
) -> None:
    page = shown(release_with(Decimal("58.00")), Locale(language))

    assert page.banner.period.endswith(f" · {state}")
    assert revised(page) == {"MI-13.placed": note}
    assert page.tiles[2].figure.revised == note
    assert rendered(page, language).count(note) == 2


def test_a_period_that_was_never_closed_is_shown_as_such_when_it_is_over() -> None:
    pages = [
        shown(None, Locale(), period=period) for period in ("2026-Q2", "2026-Q4", "to-2026-06")
    ]

    assert [page.banner.period for page in pages] == [
        "период је завршен 30.6.2026. · није закључен",
        "период траје до 31.12.2026.",
        "период је завршен 30.6.2026.",
    ]
    assert [revised(page) for page in pages] == [{}, {}, {}]


def test_a_reopened_period_is_shown_as_such_and_has_no_notes() -> None:
    release = replace(release_with(58), reopened_at=CLOSED, totals={}, reasons={})
    page = shown(release, Locale())

    assert page.banner.period.endswith(" · поново отворено 21.7.2026., после верзије 2")
    assert revised(page) == {}


@pytest.mark.parametrize(
    ("number", "now", "note"),
    [
        (59, ONE, None),
        (58, Value(TOTAL, None, ValueState.WITHHELD), None),
        (None, ONE, "ревидирано: у верзији 2 било је – (исправка, накнадна пријава)"),
    ],
)
def test_only_a_different_number_has_a_note(
    number: Number | None, now: Value, note: str | None
) -> None:
    assert revised(shown(release_with(number), Locale(), now)).get("MI-13.placed") == note


def test_every_reason_has_its_text() -> None:
    assert set(REVISION_REASONS) == set(ChangeReason)
