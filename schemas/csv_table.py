"""Read a table as spreadsheets save it: any of three delimiters, three encodings, empty rows."""

import codecs
import csv
import difflib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

_DELIMITERS: Final = ",;\t"
_EXCEL_HINT: Final = "sep="
_WORKBOOK: Final = b"PK\x03\x04"


class TableError(ValueError):
    """A file is no table with these columns; the message names the line and the remedy."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: the number of its last line in the file, and its cells by column, stripped."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]


def parse_table(
    raw: bytes, columns: Sequence[str], optional: Sequence[str] = (), *, others: bool = False
) -> tuple[TableRow, ...]:
    """Return the rows of a table with a header; rows without any content are left out.

    Comma, semicolon or tab; UTF-8 with or without a byte order mark, UTF-16 with one, or
    Windows-1250. Columns may stand in any order and letter case; optional ones that are missing are
    empty, and `others` lets columns pass that nobody asked for. Raises TableError.
    """
    text = _text(raw).removeprefix("\ufeff")
    first, _, rest = text.partition("\n")
    skipped = 0
    if first.strip().lower().startswith(_EXCEL_HINT):
        text, skipped = rest, 1
    rows = _rows(text, _delimiter(text), skipped)
    header_line, header = next(rows, (1, []))
    names = _names(header_line, header, [*columns, *optional])
    _require(header_line, names, columns, () if others else (*columns, *optional))
    defaults = dict.fromkeys(optional, "")
    return tuple(
        TableRow(line, MappingProxyType(defaults | _cells(line, names, cells)))
        for line, cells in rows
    )


def _text(raw: bytes) -> str:
    if raw.startswith(_WORKBOOK):
        remedy = "Save the sheet as CSV, and give that file."
        raise TableError(f"line 1: this is a workbook of a spreadsheet. {remedy}")
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8", "cp1250"]
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise TableError("line 1: this is no text. Save it as CSV in UTF-8.")


def _delimiter(text: str) -> str:
    """Return the delimiter that parts the header into most columns."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=header.count)


def _rows(text: str, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells of each row with content; trailing empty cells are left out."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                yield reader.line_num + skipped, cells
    except csv.Error as error:
        where = f"line {reader.line_num + skipped}"
        remedy = "A cell that begins with a quotation mark must end with one."
        raise TableError(f"{where}: this is no CSV ({error}). {remedy}") from None


def _names(line: int, header: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return the columns of a header, known ones as they are known."""
    by_key = {name.casefold(): name for name in known}
    names = [by_key.get(cell.casefold(), cell) for cell in header]
    if len(set(names)) < len(names):
        raise TableError(f"line {line}: a column stands there twice. Leave one of them out.")
    return names


def _require(
    line: int, names: Sequence[str], columns: Sequence[str], allowed: Sequence[str]
) -> None:
    listed = "The columns are " + ", ".join(columns) + "."
    if missing := [name for name in columns if name not in names]:
        names_missing = ", ".join(missing)
        raise TableError(f"line {line}: the column {names_missing} is missing. {listed}")
    if not allowed:
        return
    for name in names:
        if name not in allowed:
            near = difflib.get_close_matches(name.casefold(), allowed, 1)
            hint = f"Did you mean {near[0]}?" if near else f"Leave it out. {listed}"
            raise TableError(f"line {line}: the column {name or '(empty)'} is unknown. {hint}")


def _cells(line: int, names: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    if len(cells) > len(names):
        found = f"{len(cells)} cells, and the header has {len(names)}"
        remedy = "Put a cell that contains the delimiter in quotation marks."
        raise TableError(f"line {line}: the row has {found}. {remedy}")
    padded = [*cells, *[""] * (len(names) - len(cells))]
    return dict(zip(names, padded, strict=True))
