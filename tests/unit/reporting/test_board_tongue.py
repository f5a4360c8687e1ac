"""The board speaks three ways, and each of them whole."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from types import ModuleType

import pytest

from schemas.periods import parse
from schemas.territory import COUNCILS
from schemas.text import Text
from services.reporting.board import words as board_words
from services.reporting.board.latin import latin
from services.reporting.board.tongue import Language, Tongue
from services.reporting.tables.table import State
from tests.unit.reporting.telling import DEFINITIONS

SERBIAN, LATIN, ENGLISH = (Tongue(language) for language in Language)
CYRILLIC = re.compile(r"[а-шђјљњћџ]", re.IGNORECASE)
LATIN_WORD = re.compile(r"[A-Za-zčćžšđ]{2,}")
BLANK = re.compile(r"\{[a-z]+\}")


def texts(module: ModuleType) -> Iterator[Text]:
    """Every text that stands in a module, also in its lists and dictionaries."""
    for value in vars(module).values():
        if isinstance(value, Mapping):
            yield from (each for each in value.values() if isinstance(each, Text))
        elif isinstance(value, tuple):
            yield from (each for each in value if isinstance(each, Text))


@pytest.mark.parametrize("text", [*texts(board_words)], ids=lambda text: text.en)
def test_a_word_of_the_page_is_said_in_both_languages(text: Text) -> None:
    serbian = BLANK.sub("", text.sr).replace("to-", "").replace("Q2", "")

    assert not LATIN_WORD.search(serbian)
    assert not CYRILLIC.search(text.en)
    assert set(BLANK.findall(text.sr)) == set(BLANK.findall(text.en))


def test_every_state_has_its_word_and_its_meaning() -> None:
    assert set(board_words.STATES) == set(board_words.MEANINGS) == set(State)


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
    assert latin(cyrillic) == expected


def test_no_letter_of_any_definition_is_left_in_cyrillic() -> None:
    fields = ("title", "sentence", "numerator", "denominator", "clock")
    told = [getattr(each, field).sr for each in DEFINITIONS for field in fields]

    assert not [text for text in map(latin, told) if CYRILLIC.search(text)]


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
def test_a_number_is_written_as_the_reader_writes_it(
    number: Decimal | float, serbian: str, english: str
) -> None:
    assert [tongue.number(number) for tongue in (SERBIAN, LATIN, ENGLISH)] == [
        *(serbian, serbian, english)
    ]


def test_a_ratio_has_one_decimal() -> None:
    assert (SERBIAN.ratio(2.6842), SERBIAN.ratio(2.0), ENGLISH.ratio(2.66)) == ("2,7", "2,0", "2.7")


def test_a_day_is_written_as_the_reader_writes_it() -> None:
    day = date(2026, 11, 14)

    assert (SERBIAN.day(day), ENGLISH.day(day)) == ("14.11.2026.", "14 November 2026")


@pytest.mark.parametrize(
    ("instant", "told"),
    [
        (datetime(2026, 7, 1, 22, 30, 5, tzinfo=UTC), "2.7.2026. 00:30:05"),
        (datetime(2026, 12, 31, 23, 0, 0, tzinfo=UTC), "1.1.2027. 00:00:00"),
    ],
)
def test_an_instant_is_told_by_the_clocks_of_belgrade(instant: datetime, told: str) -> None:
    assert SERBIAN.moment(instant) == told


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
    assert (SERBIAN.period(parse(period)), ENGLISH.period(parse(period))) == (serbian, english)


def test_places_stand_in_the_order_of_the_readers_alphabet() -> None:
    districts = [COUNCILS[code] for code in ("70998", "79022", "70564", "70602", "89010")]
    cyrillic = [SERBIAN.place(each) for each in SERBIAN.in_order(districts)]
    latin_names = [LATIN.place(each) for each in LATIN.in_order(districts)]

    assert cyrillic == ["Ивањица", "Књажевац", "Ниш", "Нови Сад", "Прокупље"]
    assert latin_names == ["Ivanjica", "Knjaževac", "Niš", "Novi Sad", "Prokuplje"]


def test_whoever_asks_for_no_known_language_reads_cyrillic() -> None:
    assert {Tongue.of(asked) for asked in ("", "sr", "de", None)} == {SERBIAN}
    assert Tongue.of("sr-Latn") == LATIN
