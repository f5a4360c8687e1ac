"""What stands on the board: the published numbers, their states in words, nothing blank."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from schemas.periods import parse
from schemas.territory import COUNCILS
from services.reporting.board.html import Paper
from services.reporting.board.page import Page, Question, page
from services.reporting.board.tongue import NAMES, Language, Tongue
from services.reporting.counting.indicator import Status
from services.reporting.publishing.policy import published
from services.reporting.tables.table import TOTAL, State, Value
from tests.unit.reporting.telling import DEFINITIONS

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
SERBIAN = Tongue()
ONE = Value(TOTAL, Decimal(59), State.VALUE)


def asked(tongue: Tongue = SERBIAN) -> Question:
    return Question(COUNCILS["70998"], parse("2026-Q4"), tongue, NOW, NOW.date())


def told(exact: Mapping[str, Value] | None = None, tongue: Tongue = SERBIAN) -> Page:
    """The page of a council where everything is 59 but for what is told, as the policy lets it."""
    question = asked(tongue)
    values = {
        table.name: published(table, [(exact or {}).get(table.name, ONE)])[0]
        for table in question.tables(DEFINITIONS)
    }
    return page(question, DEFINITIONS, values, NOW)


def rendered(shown: Page, language: Language = Language.CYRILLIC) -> str:
    tongue = Tongue(language)
    frame = {"words": tongue.words(), "language": language, "languages": NAMES}
    return Paper().render("board.html", frame | {"page": shown, "doubtful": "3"})


def figures(shown: Page) -> dict[str, tuple[str | None, str]]:
    return {
        figure.key: (figure.number, figure.state)
        for section in shown.sections
        for card in section.cards
        for figure in card.figures
    }


def test_the_title_names_council_and_period() -> None:
    assert told().title == "Прокупље · 4. квартал 2026"
    assert told(tongue=Tongue(Language.LATIN)).title == "Prokuplje · 4. kvartal 2026"
    assert told(tongue=Tongue(Language.ENGLISH)).title == "Prokuplje · Q4 2026"


def test_the_four_tiles_stand_in_their_order() -> None:
    tiles = told().tiles

    assert [tile.title for tile in tiles] == [
        "Регистровани повратници",
        "Завршене обуке",
        "Запослена лица",
        "Задржано запослење 6 месеци",
    ]
    assert [tile.figure.number for tile in tiles] == ["59", "59", "59", None]
    assert tiles[3].figure.state == "не објављује се"


def test_placed_is_never_shown_without_durable() -> None:
    placed = told().tiles[2]

    assert placed.beside is not None
    assert (placed.beside.key, placed.beside.state) == ("MI-13.durable", "не објављује се")


def test_every_measure_of_every_definition_stands_on_the_page_once() -> None:
    names = [name for indicator in DEFINITIONS for name, _ in indicator.named_measures]

    assert [key for key in figures(told()) if ":" not in key] == names


@pytest.mark.parametrize("language", Language)
def test_nothing_is_blank_and_only_class_a_has_numbers(language: Language) -> None:
    shown = figures(told(tongue=Tongue(language)))
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
        (Value(TOTAL, 0, State.ZERO), ("0", "0 (потврђено)")),
        (Value(TOTAL, Decimal(1340), State.VALUE), ("1.340", "објављено")),
        (Value(TOTAL, Decimal(3), State.PENDING), ("3", "у току")),
        (Value(TOTAL, None, State.NONE), (None, "нема основа")),
    ],
)
def test_a_number_stands_with_the_word_of_its_state(
    value: Value, expected: tuple[str | None, str]
) -> None:
    assert figures(told({"MI-05.registered": value}))["MI-05.registered"] == expected


@pytest.mark.parametrize(
    ("seekers", "positions", "expected"),
    [
        (
            Value(TOTAL, 102, State.VALUE),
            Value(TOTAL, Decimal(38), State.VALUE),
            ("2,7", "објављено"),
        ),
        (
            Value(TOTAL, 0, State.ZERO),
            Value(TOTAL, Decimal(38), State.VALUE),
            ("0,0", "0 (потврђено)"),
        ),
        (
            Value(TOTAL, 102, State.VALUE),
            Value(TOTAL, Decimal(0), State.ZERO),
            (None, "нема слободних радних места"),
        ),
        (
            Value(TOTAL, 10, State.PENDING),
            Value(TOTAL, Decimal(4), State.VALUE),
            ("2,5", "у току"),
        ),
    ],
)
def test_jobseekers_are_shown_per_vacancy(
    seekers: Value, positions: Value, expected: tuple[str | None, str]
) -> None:
    shown = figures(told({"MI-01.jobseekers": seekers, "MI-01.positions": positions}))

    assert shown["MI-01.jobseekers:positions"] == expected


def test_proposed_definitions_carry_their_mark() -> None:
    shown = told()
    marked = {card.id for section in shown.sections for card in section.cards if card.is_proposed}

    assert marked == {each.id for each in DEFINITIONS if each.definition_status is Status.PROPOSED}
    assert rendered(shown).count(">предлог<") == len(marked) + 3


def test_every_number_answers_what_it_means() -> None:
    answers = {
        card.id: dict(card.about.parts) for section in told().sections for card in section.cards
    }

    assert {"Бројилац", "Именилац", "Када се броји", "Где се броји", "Основ"} <= set(
        answers["MI-13"]
    )
    assert answers["MI-13"]["Дефиниција"] == "верзија 1, предлог: званични текст није доступан"
    assert answers["PI-07"]["Основ"] == (
        "по законском задатку органа; од њих са пристанком: само уз пристанак лица"
    )
    assert all(text for parts in answers.values() for text in parts.values())


@pytest.mark.parametrize(
    ("folded_to", "code", "words"),
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
def test_the_banner_says_up_to_when_facts_are_shown(
    folded_to: datetime | None, code: str, words: str
) -> None:
    values = {table.name: ONE for table in asked().tables(DEFINITIONS)}
    banner = page(asked(), DEFINITIONS, values, folded_to).banner

    assert (banner.code, banner.fold) == (code, words)
    assert banner.period == "период траје до 31.12.2026."


@pytest.mark.parametrize("language", [Language.CYRILLIC, Language.LATIN])
def test_no_title_calls_people_migrants(language: Language) -> None:
    html = rendered(told(tongue=Tongue(language)), language)
    titles = re.findall(r"<(?:title|h1|h2|h3|caption|summary|th)\b.*?>(.*?)</", html, re.DOTALL)

    assert titles
    assert not [title for title in titles if re.search("мигрант|migrant", title, re.IGNORECASE)]


def test_what_is_told_from_outside_is_text_and_never_markup() -> None:
    place = replace(COUNCILS["70998"], name_cyrillic='<script>"&')
    question = replace(asked(), council=place)
    values = {table.name: ONE for table in question.tables(DEFINITIONS)}
    html = rendered(page(question, DEFINITIONS, values, NOW))

    assert "&lt;script&gt;&#34;&amp; · 4. квартал 2026" in html
    assert '<script>"' not in html


def test_the_page_has_no_style_and_no_script_of_its_own_inside() -> None:
    html = rendered(told())

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
def test_a_number_in_doubt_is_a_word_and_a_shape_in_three_scripts(
    language: Language, word: str
) -> None:
    withheld = Value(TOTAL, None, State.WITHHELD)
    shown = told({"MI-01.positions": withheld, "MI-13.placed": withheld}, Tongue(language))
    html = rendered(shown, language)

    assert figures(shown)["MI-13.placed"] == (None, word)
    assert figures(shown)["MI-01.jobseekers:positions"] == (None, word)
    assert figures(shown)["MI-01.jobseekers"][0] == "59"
    assert html.count(f'#shape-withheld"></use></svg>{word}') >= 4
    assert 'id="shape-withheld"' in html
