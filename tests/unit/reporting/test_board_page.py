"""What the board shows: the published numbers and their states as text, nothing blank."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from schemas.periods import parse_period
from schemas.territory import COUNCILS
from services.reporting.board.locale import LANGUAGE_NAMES, Language, Locale
from services.reporting.board.page import BoardQuery, Page, build_page
from services.reporting.board.rendering import Templates
from services.reporting.domain.indicator import DefinitionStatus
from services.reporting.publication.policy import apply_policy
from services.reporting.tables.table import TOTAL, Value, ValueState
from tests.unit.reporting.builders import DEFINITIONS

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
SERBIAN = Locale()
ONE = Value(TOTAL, Decimal(59), ValueState.VALUE)


def board_query(locale: Locale = SERBIAN) -> BoardQuery:
    return BoardQuery(COUNCILS["70998"], parse_period("2026-Q4"), locale, NOW, NOW.date())


def shown_page(exact: Mapping[str, Value] | None = None, locale: Locale = SERBIAN) -> Page:
    """The page of a council where every other total is 59, under the policy."""
    query = board_query(locale)
    values = {
        table.name: apply_policy(table, [(exact or {}).get(table.name, ONE)])[0]
        for table in query.tables(DEFINITIONS)
    }
    return build_page(query, DEFINITIONS, values, NOW)


def rendered(shown: Page, language: Language = Language.CYRILLIC) -> str:
    frame = {
        "messages": Locale(language).messages(),
        "language": language,
        "languages": LANGUAGE_NAMES,
    }
    return Templates().render("board.html", frame | {"page": shown, "possible_duplicates": "3"})


def figures(shown: Page) -> dict[str, tuple[str | None, str]]:
    return {
        figure.key: (figure.number, figure.state)
        for section in shown.sections
        for card in section.cards
        for figure in card.figures
    }


def test_the_title_names_council_and_period() -> None:
    assert shown_page().title == "Прокупље · 4. квартал 2026"
    assert shown_page(locale=Locale(Language.LATIN)).title == "Prokuplje · 4. kvartal 2026"
    assert shown_page(locale=Locale(Language.ENGLISH)).title == "Prokuplje · Q4 2026"


def test_the_four_tiles_are_in_their_order() -> None:
    tiles = shown_page().tiles

    assert [tile.title for tile in tiles] == [
        "Регистровани повратници",
        "Завршене обуке",
        "Запослена лица",
        "Задржано запослење 6 месеци",
    ]
    assert [tile.figure.number for tile in tiles] == ["59", "59", "59", None]
    assert tiles[3].figure.state == "не објављује се"


def test_placed_is_never_shown_without_durable() -> None:
    placed = shown_page().tiles[2]

    assert placed.companion is not None
    assert (placed.companion.key, placed.companion.state) == ("MI-13.durable", "не објављује се")


def test_every_measure_of_every_definition_is_on_the_page_once() -> None:
    names = [name for indicator in DEFINITIONS for name, _ in indicator.named_measures]

    assert [key for key in figures(shown_page()) if ":" not in key] == names


@pytest.mark.parametrize("language", Language)
def test_nothing_is_blank_and_only_class_a_has_numbers(language: Language) -> None:
    shown = figures(shown_page(locale=Locale(language)))
    open_to_all = {
        name
        for indicator in DEFINITIONS
        for name, measure in indicator.named_measures
        if measure.disclosure == "A"
    }

    assert all(state for _, state in shown.values())
    assert {key for key, (number, _) in shown.items() if number is not None} == open_to_all | {
        "MI-01.jobseekers:positions"
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Value(TOTAL, 0, ValueState.ZERO), ("0", "0 (потврђено)")),
        (Value(TOTAL, Decimal(1340), ValueState.VALUE), ("1.340", "објављено")),
        (Value(TOTAL, Decimal(3), ValueState.PENDING), ("3", "у току")),
        (Value(TOTAL, None, ValueState.NONE), (None, "нема основа")),
    ],
)
def test_a_number_is_shown_with_the_text_of_its_state(
    value: Value, expected: tuple[str | None, str]
) -> None:
    assert figures(shown_page({"MI-05.registered": value}))["MI-05.registered"] == expected


@pytest.mark.parametrize(
    ("seekers", "positions", "expected"),
    [
        (
            Value(TOTAL, 102, ValueState.VALUE),
            Value(TOTAL, Decimal(38), ValueState.VALUE),
            ("2,7", "објављено"),
        ),
        (
            Value(TOTAL, 0, ValueState.ZERO),
            Value(TOTAL, Decimal(38), ValueState.VALUE),
            ("0,0", "0 (потврђено)"),
        ),
        (
            Value(TOTAL, 102, ValueState.VALUE),
            Value(TOTAL, Decimal(0), ValueState.ZERO),
            (None, "нема слободних радних места"),
        ),
        (
            Value(TOTAL, 10, ValueState.PENDING),
            Value(TOTAL, Decimal(4), ValueState.VALUE),
            ("2,5", "у току"),
        ),
    ],
)
def test_jobseekers_are_shown_per_vacancy(
    seekers: Value, positions: Value, expected: tuple[str | None, str]
) -> None:
    shown = figures(shown_page({"MI-01.jobseekers": seekers, "MI-01.positions": positions}))

    assert shown["MI-01.jobseekers:positions"] == expected


def test_proposed_definitions_carry_their_mark() -> None:
    shown = shown_page()
    marked = {card.id for section in shown.sections for card in section.cards if card.is_proposed}

    assert marked == {
        each.id for each in DEFINITIONS if each.definition_status is DefinitionStatus.PROPOSED
    }
    assert rendered(shown).count(">предлог<") == len(marked) + 3


def test_every_number_has_its_definition() -> None:
    definitions = {
        card.id: dict(card.definition.parts)
        for section in shown_page().sections
        for card in section.cards
    }

    assert {"Бројилац", "Именилац", "Када се броји", "Где се броји", "Основ"} <= set(
        definitions["MI-13"]
    )
    status = (
        "предлог: текст из 2010. није јаван; преглед самог програма говори о петнаест показатеља"
    )
    assert definitions["MI-13"]["Дефиниција"] == f"верзија 2, {status}"
    assert definitions["PI-07"]["Основ"] == (
        "по законском задатку органа; од њих са пристанком: само уз пристанак лица"
    )
    assert all(text for parts in definitions.values() for text in parts.values())


@pytest.mark.parametrize(
    ("projected_through", "code", "words"),
    [
        (NOW, "fresh", "приказ обухвата чињенице до 22.11.2026. 11:30:00"),
        (
            NOW - timedelta(seconds=61),
            "late",
            "приказ касни: обухвата чињенице до 22.11.2026. 11:28:59",
        ),
        (None, "unknown", "још се не зна до када приказ обухвата чињенице"),
    ],
)
def test_the_banner_shows_through_when_facts_are_counted(
    projected_through: datetime | None, code: str, words: str
) -> None:
    values = {table.name: ONE for table in board_query().tables(DEFINITIONS)}
    banner = build_page(board_query(), DEFINITIONS, values, projected_through).banner

    assert (banner.code, banner.freshness) == (code, words)
    assert banner.period == "период траје до 31.12.2026."


@pytest.mark.parametrize("language", [Language.CYRILLIC, Language.LATIN])
def test_no_title_calls_people_migrants(language: Language) -> None:
    html = rendered(shown_page(locale=Locale(language)), language)
    titles = re.findall(r"<(?:title|h1|h2|h3|caption|summary|th)\b.*?>(.*?)</", html, re.DOTALL)

    assert titles
    assert not [title for title in titles if re.search("мигрант|migrant", title, re.IGNORECASE)]


def test_data_are_rendered_as_text_and_never_as_markup() -> None:
    place = replace(COUNCILS["70998"], name_cyrillic='<script>"&')
    query = replace(board_query(), council=place)
    values = {table.name: ONE for table in query.tables(DEFINITIONS)}
    html = rendered(build_page(query, DEFINITIONS, values, NOW))

    assert "&lt;script&gt;&#34;&amp; · 4. квартал 2026" in html
    assert '<script>"' not in html


def test_the_page_has_no_style_and_no_script_of_its_own_inside() -> None:
    html = rendered(shown_page())

    assert (
        re.findall(r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=|https?://(?!www\.w3)", html)
        == []
    )


@pytest.mark.parametrize(
    ("language", "word"),
    [
        (Language.CYRILLIC, "у провери"),
        (Language.LATIN, "u proveri"),
        (Language.ENGLISH, "being checked"),
    ],
)
def test_a_withheld_number_is_a_text_and_an_icon_in_three_scripts(
    language: Language, word: str
) -> None:
    withheld = Value(TOTAL, None, ValueState.WITHHELD)
    shown = shown_page({"MI-01.positions": withheld, "MI-13.placed": withheld}, Locale(language))
    html = rendered(shown, language)

    assert figures(shown)["MI-13.placed"] == (None, word)
    assert figures(shown)["MI-01.jobseekers:positions"] == (None, word)
    assert figures(shown)["MI-01.jobseekers"][0] == "59"
    assert html.count(f'#shape-withheld"></use></svg>{word}') >= 4
    assert 'id="shape-withheld"' in html
