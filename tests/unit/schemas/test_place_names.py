"""Places are found by their names however they are written, and sorted as Serbian is."""

import pytest

from schemas.serbian_text import cyrillic_order, latin_order, plain_form
from schemas.territory import COUNCILS, nearest, places


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("Petrovac", ["80080", "70912"]),
        ("Palilula", ["71323", "70203"]),
        ("Лјиг", ["70769"]),
        ("\u01c8ig", ["70769"]),
        ("\u00d0akovica", ["90085"]),
        ("Djakovica", ["90085"]),
        ("\u0189akovica".replace("\u0189", "Đ"), ["90085"]),
        ("Grad Niš", ["79022"]),
        ("opština ljig", ["70769"]),
        ("Dragaš", ["90336"]),
        ("Драгаш", ["90336"]),
        ("Belgrade", ["79014"]),
        ("Прокупљe", ["70998"]),
        ("Пpокупље", ["70998"]),
        ("Prоkuplje", ["70998"]),
        ("Novi Sad", ["89010"]),
        ("uzice", ["79065"]),
        ("Stari grad", ["70246"]),
        ("Mitrovica", ["80403", "90298"]),
        ("Sremska  Mitrovica ", ["80403"]),
        ("GORNJI MILANOVAC", ["70483"]),
    ],
)
def test_a_name_finds_its_places_first(name: str, codes: list[str]) -> None:
    assert [each.partition(" ")[0] for each in nearest(name)] == codes


@pytest.mark.parametrize(
    ("name", "first"), [("Kragujevc", "70645"), ("Prokuplija", "70998"), ("Смедерва", "71099")]
)
def test_a_misspelt_name_finds_similar_ones(name: str, first: str) -> None:
    assert nearest(name)[0].startswith(first)


def test_every_council_is_found_by_its_name_in_both_scripts() -> None:
    for place in COUNCILS.values():
        for name in (place.name_latin, place.name_cyrillic, place.name_latin.upper()):
            assert nearest(name)[0].startswith(place.code), name


def test_nothing_is_suggested_for_no_name() -> None:
    assert nearest("") == nearest("???") == nearest("x" * 80) == ()


def test_both_scripts_of_a_name_have_one_plain_form() -> None:
    for place in places():
        assert plain_form(place.name_latin) == plain_form(place.name_cyrillic)


def test_cyrillic_names_follow_the_cyrillic_alphabet() -> None:
    names = [
        "Љиг",
        "Лучани",
        "Ђаковица",
        "Дечани",
        "Жабаљ",
        "Зајечар",
        "Њ",
        "Нови Сад",
        "Нова Варош",
    ]

    assert sorted(names, key=cyrillic_order) == [
        *("Дечани", "Ђаковица", "Жабаљ", "Зајечар", "Лучани", "Љиг", "Нова Варош", "Нови Сад"),
        "Њ",
    ]


def test_latin_digraphs_are_letters_of_their_own() -> None:
    names = ["Љубовија", "Лозница", "Лучани", "Ћуприја", "Чачак", "Џ", "Ђ", "Дољевац"]

    assert sorted(names, key=latin_order) == [
        *("Чачак", "Ћуприја", "Дољевац", "Џ", "Ђ", "Лозница", "Лучани", "Љубовија")
    ]
