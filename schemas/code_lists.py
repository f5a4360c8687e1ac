"""The loader of the shipped code lists; no other module of `schemas` reads a file."""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


@cache
def code_list(name: str) -> tuple[Mapping[str, str], ...]:
    """Return the rows of `data/<name>.csv`, in the file's order, by column name."""
    return read_csv_rows(DATA / f"{name}.csv")


def read_csv_rows(path: Path) -> tuple[Mapping[str, str], ...]:
    """Return the rows of a CSV file with header; raise OSError, UnicodeDecodeError or csv.Error."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return tuple(csv.DictReader(file, strict=True))
