"""The board is complete in each of its three locales."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from types import ModuleType

import pytest

from schemas.bilingual_text import BilingualText
from schemas.periods import parse_period
from schemas.territory import COUNCILS
from services.reporting.board import translations
from services.reporting.board.locale import Language, Locale, to_latin
from services.reporting.tables.table import ValueState
from tests.unit.reporting.builders import DEFINITIONS

SERBIAN, LATIN, ENGLISH = (Locale(language) for language in Language)
CYRILLIC = re.compile(r"[а-шђјљњћџ]", re.IGNORECASE)
LATIN_WORD = re.compile(r"[A-Za-zčćžšđ]{2,}")
PLACEHOLDER = re.compile(r"\{[a-z]+\}")


def texts(module: ModuleType) -> Iterator[BilingualText]:
    """Every text in a module, also in its tuples and dictionaries."""
    for value in vars(module).values():
        if isinstance(value, Mapping):
            yield from (each for each in value.values() if isinstance(each, BilingualText))
        elif isinstance(value, tuple):
            yield from (each for each in value if isinstance(each, BilingualText))


@pytest.mark.parametrize("text", [*texts(translations)], ids=lambda text: text.en)
def test_a_text_of_the_page_exists_in_both_languages(text: BilingualText) -> None:
    serbian = PLACEHOLDER.sub("", text.sr).replace("to-", "").replace("Q2", "")

    assert not LATIN_WORD.search(serbian)
    assert not CYRILLIC.search(text.en)
    assert set(PLACEHOLDER.findall(text.sr)) == set(PLACEHOLDER.findall(text.en))


def test_every_state_has_its_text_and_its_meaning() -> None:
    assert set(translations.STATES) == set(translations.MEANINGS) == set(ValueState)


@pytest.mark.parametrize(
    ("cyrillic", "expected"),
    [
        ("Прокупље", "Prokuplje"),
        ("Љиг, Његош и Џеп", "Ljig, Njegoš i Džep"),
        ("ђак, ћуп, чаша, жаба, шума", "đak, ćup, čaša, žaba, šuma"),
        ("4. квартал 2026", "4. kvartal 2026"),
        ("АБВГДЂЕЖЗИЈКЛЉМНЊОПРСТЋУФХЦЧЏШ", "ABVGDĐEŽZIJKLLjMNNjOPRSTĆUFHCČDžŠ"),
        ("абвгдђежзијклљмнњопрстћуфхцчџш", "abvgdđežzijklljmnnjoprstćufhcčdžš"),
        ("већ latinica, Niš & {month}", "već latinica, Niš & {month}"),
    ],
)
def test_cyrillic_is_written_in_latin(cyrillic: str, expected: str) -> None:
    assert to_latin(cyrillic) == expected


def test_no_letter_of_any_definition_is_left_in_cyrillic() -> None:
    fields = ("title", "sentence", "numerator", "denominator", "clock")
    serbian = [getattr(each, field).sr for each in DEFINITIONS for field in fields]

    assert not [text for text in map(to_latin, serbian) if CYRILLIC.search(text)]


@pytest.mark.parametrize(
    ("number", "serbian", "english"),
    [
        (0, "0", "0"),
        (59, "59", "59"),
        (1340, "1.340", "1,340"),
        (Decimal("1234.50"), "1.234,5", "1,234.5"),
        (Decimal(60), "60", "60"),
        (Decimal("1E+6"), "1.000.000", "1,000,000"),
        (12.5, "12,5", "12.5"),
    ],
)
def test_a_number_is_formatted_for_its_locale(
    number: Decimal | float, serbian: str, english: str
) -> None:
    assert [each.format_number(number) for each in (SERBIAN, LATIN, ENGLISH)] == [
        *(serbian, serbian, english)
    ]


def test_a_ratio_has_one_decimal() -> None:
    assert SERBIAN.format_ratio(2.6842) == "2,7"
    assert SERBIAN.format_ratio(2.0) == "2,0"
    assert ENGLISH.format_ratio(2.66) == "2.7"


def test_a_day_is_formatted_for_its_locale() -> None:
    day = date(2026, 11, 14)

    assert SERBIAN.format_day(day) == "14.11.2026."
    assert ENGLISH.format_day(day) == "14 November 2026"


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (datetime(2026, 7, 1, 22, 30, 5, tzinfo=UTC), "2.7.2026. 00:30:05"),
        (datetime(2026, 12, 31, 23, 0, 0, tzinfo=UTC), "1.1.2027. 00:00:00"),
    ],
)
def test_an_instant_is_formatted_in_the_time_zone_of_belgrade(
    instant: datetime, expected: str
) -> None:
    assert SERBIAN.format_instant(instant) == expected


@pytest.mark.parametrize(
    ("period", "serbian", "english"),
    [
        ("2026-11", "новембар 2026", "November 2026"),
        ("2026-Q4", "4. квартал 2026", "Q4 2026"),
        ("2026", "2026. година", "2026"),
        ("to-2023-06", "укупно до 30.6.2023.", "everything up to 30 June 2023"),
    ],
)
def test_a_period_has_a_name(period: str, serbian: str, english: str) -> None:
    parsed = parse_period(period)

    assert SERBIAN.format_period(parsed) == serbian
    assert ENGLISH.format_period(parsed) == english


def test_places_are_sorted_by_the_alphabet_of_the_locale() -> None:
    districts = [COUNCILS[code] for code in ("70998", "79022", "70564", "70602", "89010")]
    cyrillic = [SERBIAN.place_name(each) for each in SERBIAN.sort_places(districts)]
    latin_names = [LATIN.place_name(each) for each in LATIN.sort_places(districts)]

    assert cyrillic == ["Ивањица", "Књажевац", "Ниш", "Нови Сад", "Прокупље"]
    assert latin_names == ["Ivanjica", "Knjaževac", "Niš", "Novi Sad", "Prokuplje"]


def test_cyrillic_is_the_default_for_an_unknown_language() -> None:
    assert {Locale.of(tag) for tag in ("", "sr", "de", None)} == {SERBIAN}
    assert Locale.of("sr-Latn") == LATIN
