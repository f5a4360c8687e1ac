"""The codes that an installation declares are read, checked and merged."""

from pathlib import Path

import pytest

from schemas import declared_codes
from schemas.bilingual_text import BilingualText
from schemas.declared_codes import DeclarationError, DeclaredCode

HEADER = "kind,code,title_en,title_sr,unit\n"
PROGRAMME = "programme,OWN-1,Own programme,Наш програм,\n"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "own.csv"


def read(path: Path, text: str) -> declared_codes.DeclaredCodes:
    path.write_text(text, encoding="utf-8")
    return declared_codes.read(path)


def test_the_shipped_catalogue_has_the_codes_of_the_demo() -> None:
    shipped = declared_codes.shipped()

    assert set(shipped.programmes) == {"M4SD", "ROMA-2016"}
    assert shipped.series["employers_surveyed"].unit == "companies"
    assert shipped.organisations["o-nes"].title.sr == "Национална служба за запошљавање"


def test_a_catalogue_file_is_read(written: Path) -> None:
    own = read(written, HEADER + PROGRAMME + "series,rooms,Rooms,Собе,rooms\n")

    assert own.programmes == {"OWN-1": DeclaredCode(BilingualText("Наш програм", "Own programme"))}
    assert own.series["rooms"].unit == "rooms"


def test_a_byte_order_mark_before_the_header_is_ignored(written: Path) -> None:
    assert "OWN-1" in read(written, "\ufeff" + HEADER + PROGRAMME).programmes


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("code,kind\nM,programme\n", "line 2: write exactly the columns"),
        (HEADER + "programme,OWN-1,Own,Наш\n", "line 2: write exactly the columns"),
        (HEADER + "programme,OWN-1,Own,Наш,,,\n", "line 2: write exactly the columns"),
        (HEADER + PROGRAMME + PROGRAMME, "line 3: programme OWN-1 is declared twice"),
        (HEADER + "course,OWN-1,Own,Наш,\n", "line 2: the kind is one of"),
        (HEADER + "programme,-1,Own,Наш,\n", "line 2: the code does not match"),
        (HEADER + "organisation,nes,Own,Наш,\n", "line 2: the code does not match"),
        (HEADER + "programme,OWN-1,Own,,\n", "line 2: programme OWN-1 needs a title"),
        (HEADER + 'programme,"OWN', "this is not a CSV file in UTF-8"),
    ],
)
def test_an_invalid_file_is_refused_with_its_name_and_line(
    written: Path, text: str, sentence: str
) -> None:
    with pytest.raises(DeclarationError, match=sentence) as raised:
        read(written, text)

    assert str(written) in str(raised.value)


def test_a_file_in_another_encoding_is_refused_with_its_name(written: Path) -> None:
    written.write_bytes(HEADER.encode() + "programme,X1,Š,Ш,\n".encode("utf-16"))

    with pytest.raises(DeclarationError, match="not a CSV file in UTF-8"):
        declared_codes.read(written)


def test_an_installation_adds_to_the_shipped_codes(written: Path) -> None:
    merged = declared_codes.merged(declared_codes.shipped(), read(written, HEADER + PROGRAMME))

    assert {"M4SD", "OWN-1"} <= set(merged.programmes)
    assert merged.series == declared_codes.shipped().series


def test_equal_declarations_can_be_merged() -> None:
    shipped = declared_codes.shipped()

    assert declared_codes.merged(shipped, shipped) == shipped


def test_a_shipped_code_cannot_be_declared_differently(written: Path) -> None:
    other = read(written, HEADER + "series,work_permits,Permits,Дозволе,permits\n")

    with pytest.raises(DeclarationError, match="work_permits is declared twice"):
        declared_codes.merged(declared_codes.shipped(), other)
