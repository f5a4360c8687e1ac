"""Tables are read as spreadsheets and offices save them, and refused with line and remedy."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.csv_table import TableError, parse_table

CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6).map(str.strip)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=5), st.sampled_from(",;\t"))
def test_what_a_spreadsheet_writes_is_read(rows: list[tuple[str, str]], delimiter: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(("code", "title"))
    writer.writerows(rows)

    found = parse_table(text.getvalue().encode(), ("code", "title"))

    assert [(row["code"], row["title"]) for row in found] == [row for row in rows if any(row)]


@pytest.mark.parametrize(
    "text",
    [
        "b;a\n2;1\n",
        "B;A\n2;1\n",
        "sep=;\r\nb;a\r\n2;1\r\n",
        "\n\nb;a\n;\n 2 ; 1 ;\n;;;\n",
        'b;a\n"2";"1"\n',
        "a\tb\n1\t2\n",
    ],
)
def test_order_case_blanks_and_empty_rows_do_not_matter(text: str) -> None:
    [row] = parse_table(text.encode(), ("a", "b"))

    assert row.cells == {"a": "1", "b": "2"}


def test_a_row_knows_its_line_after_empty_rows_and_the_hint_of_a_spreadsheet() -> None:
    rows = parse_table(b'sep=;\na;b\n\n1;"x\ny"\n2;z\n', ("a", "b"))

    assert [row.line for row in rows] == [5, 6]


def test_quotation_marks_inside_a_label_are_kept() -> None:
    [row] = parse_table(b'a;b\nEmployees ("long-term" and other);1\n', ("a", "b"))

    assert row["a"] == 'Employees ("long-term" and other)'


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "line 1: the column a, b is missing"),
        (b"a,c\n1,2\n", "line 1: the column b is missing"),
        (b"a,b,bb\n", "line 1: the column bb is unknown. Did you mean b?"),
        (b"a,b,zz\n", "line 1: the column zz is unknown. Leave it out."),
        (b"a,b,a\n", "line 1: a column stands there twice"),
        (b"a,b\n1,2,3\n", "line 2: the row has 3 cells, and the header has 2"),
        (b'a,b\n1,"2\n', "line 2: this is no CSV"),
        (b"a,b\n\x81,\x90\n", "line 1: this is no text"),
        (b"a,b\n1,\0\n", "line 1: this is no text"),
        (b"PK\x03\x04\x14\x00", "line 1: this is a workbook of a spreadsheet. Save the sheet"),
    ],
)
def test_what_is_no_such_table_is_refused_with_line_and_remedy(raw: bytes, sentence: str) -> None:
    with pytest.raises(TableError) as raised:
        parse_table(raw, ("a", "b"))

    assert str(raised.value).startswith(sentence)
