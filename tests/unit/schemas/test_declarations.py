"""What an installation declares."""

from pathlib import Path

import pytest

from schemas import declarations
from schemas.declarations import Declared, Misdeclared
from schemas.text import Text

HEADER = "kind,code,title_en,title_sr,unit\n"
PROGRAMME = "programme,OWN-1,Own programme,Наш програм,\n"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "own.csv"


def read(path: Path, text: str) -> declarations.Declarations:
    path.write_text(text, encoding="utf-8")
    return declarations.read(path)


def test_the_shipped_catalogue_has_what_the_stories_need() -> None:
    shipped = declarations.shipped()

    assert set(shipped.programmes) == {"M4SD", "ROMA-2016"}
    assert shipped.series["employers_surveyed"].unit == "companies"
    assert shipped.organisations["o-nes"].title.sr == "Национална служба за запошљавање"


def test_a_file_of_ones_own_is_read(written: Path) -> None:
    own = read(written, HEADER + PROGRAMME + "series,rooms,Rooms,Собе,rooms\n")

    assert own.programmes == {"OWN-1": Declared(Text("Наш програм", "Own programme"))}
    assert own.series["rooms"].unit == "rooms"


def test_spreadsheets_put_a_mark_before_the_header(written: Path) -> None:
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
        (HEADER + 'programme,"OWN', "this is no CSV file in UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_its_line(
    written: Path, text: str, sentence: str
) -> None:
    with pytest.raises(Misdeclared, match=sentence) as raised:
        read(written, text)

    assert str(written) in str(raised.value)


def test_a_file_in_another_encoding_is_named(written: Path) -> None:
    written.write_bytes(HEADER.encode() + "programme,X1,Š,Ш,\n".encode("utf-16"))

    with pytest.raises(Misdeclared, match="no CSV file in UTF-8"):
        declarations.read(written)


def test_an_installation_adds_to_what_is_shipped(written: Path) -> None:
    joined = declarations.joined(declarations.shipped(), read(written, HEADER + PROGRAMME))

    assert {"M4SD", "OWN-1"} <= set(joined.programmes)
    assert joined.series == declarations.shipped().series


def test_the_same_declaration_may_stand_in_both() -> None:
    shipped = declarations.shipped()

    assert declarations.joined(shipped, shipped) == shipped


def test_a_shipped_code_keeps_its_meaning(written: Path) -> None:
    other = read(written, HEADER + "series,work_permits,Permits,Дозволе,permits\n")

    with pytest.raises(Misdeclared, match="work_permits is declared twice"):
        declarations.joined(declarations.shipped(), other)
