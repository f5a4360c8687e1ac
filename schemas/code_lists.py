"""The loader of code lists, shipped ones and those of an installation; nothing else reads files."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from .csv_table import TableRow, parse_table

DATA = Path(__file__).parent / "data"


@cache
def code_list(name: str) -> tuple[Mapping[str, str], ...]:
    """Return the rows of `data/<name>.csv`, in the file's order, by column name."""
    rows = parse_table((DATA / f"{name}.csv").read_bytes(), (), others=True)
    return tuple(dict(row.cells) for row in rows)


def read_table(
    path: Path, columns: Sequence[str], optional: Sequence[str] = ()
) -> tuple[TableRow, ...]:
    """Return the rows of a CSV file with these columns; raise OSError or TableError."""
    return parse_table(path.read_bytes(), columns, optional)
