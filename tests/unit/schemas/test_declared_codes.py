"""The codes that an installation declares are read, checked and merged."""

from pathlib import Path

import pytest

from schemas import declared_codes
from schemas.bilingual_text import BilingualText
from schemas.declared_codes import DeclarationError, DeclaredCode, UnitWords

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
    assert shipped.series["employers_surveyed"].unit == "count"
    assert shipped.series["employers_surveyed"].words == UnitWords(
        "companies", "предузеће", "предузећа", "предузећа"
    )
    assert shipped.organisations["o-nes"].title.sr == "Национална служба за запошљавање"


def test_a_catalogue_file_is_read(written: Path) -> None:
    own = read(written, HEADER + PROGRAMME + "series,rooms,Rooms,Собе,count\n")

    assert own.programmes == {"OWN-1": DeclaredCode(BilingualText("Наш програм", "Own programme"))}
    assert own.series["rooms"].unit == "count"


def test_a_byte_order_mark_before_the_header_is_ignored(written: Path) -> None:
    assert "OWN-1" in read(written, "\ufeff" + HEADER + PROGRAMME).programmes


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("code,kind\nM,programme\n", "line 1: the column title_en, title_sr, unit is missing"),
        (
            "code,kind,title_en,title_sr,unit,units\n",
            "line 1: the column units is unknown. Did you",
        ),
        (HEADER + "programme,OWN-1,Own,Наш,,,x\n", "line 2: the row has 7 cells"),
        (
            HEADER + "series,rooms,Rooms,Собе,rooms\n",
            "line 2, column unit: the unit of series rooms is one of",
        ),
        (
            HEADER + "organisation,o-nvo-2,NGO,НВО,\n",
            "line 2, column code: o-nvo-2 cannot be a code of kind",
        ),
        (HEADER + PROGRAMME + PROGRAMME, "line 3, column code: programme OWN-1 is declared twice"),
        (HEADER + "course,OWN-1,Own,Наш,\n", "line 2, column kind: the kind is one of"),
        (HEADER + "programme,-1,Own,Наш,\n", "line 2, column code: .* cannot be a code of kind"),
        (
            HEADER + "organisation,nes,Own,Наш,\n",
            "line 2, column code: .* cannot be a code of kind",
        ),
        (HEADER + "programme,OWN-1,Own,,\n", "line 2: programme OWN-1 needs a title"),
        (HEADER + 'programme,"OWN', "line 2: this is no CSV"),
    ],
)
def test_an_invalid_file_is_refused_with_its_name_and_line(
    written: Path, text: str, sentence: str
) -> None:
    with pytest.raises(DeclarationError, match=sentence) as raised:
        read(written, text)

    assert str(written) in str(raised.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1250", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_file_is_read_as_spreadsheets_save_it(
    written: Path, encoding: str, delimiter: str
) -> None:
    text = HEADER + "programme,OWN-1,Own šđčćž,Наш,\n" + ",,,,\n\n"
    if encoding == "cp1250":
        text = text.replace("Наш", "Naš")
    written.write_bytes(text.replace(",", delimiter).replace("\n", "\r\n").encode(encoding))

    assert declared_codes.read(written).programmes["OWN-1"].title.en == "Own šđčćž"


def test_an_installation_adds_to_the_shipped_codes(written: Path) -> None:
    merged = declared_codes.merged(declared_codes.shipped(), read(written, HEADER + PROGRAMME))

    assert {"M4SD", "OWN-1"} <= set(merged.programmes)
    assert merged.series == declared_codes.shipped().series


def test_equal_declarations_can_be_merged() -> None:
    shipped = declared_codes.shipped()

    assert declared_codes.merged(shipped, shipped) == shipped


def test_a_shipped_code_cannot_be_declared_differently(written: Path) -> None:
    other = read(written, HEADER + "series,work_permits,Permits,Дозволе,count\n")

    with pytest.raises(DeclarationError, match="work_permits is declared twice"):
        declared_codes.merged(declared_codes.shipped(), other)
