"""What an installation declares: programmes, series of observations, organisations."""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

from . import forms
from .lists import DATA, read_rows
from .text import Text

COLUMNS = ("kind", "code", "title_en", "title_sr", "unit")
PATTERNS = {
    "programme": re.compile(forms.NAME),
    "series": re.compile(forms.NAME),
    "organisation": re.compile(forms.ORGANISATION),
}


class Misdeclared(ValueError):  # noqa: N818 - says what happened; the message names file and line
    """A catalogue file that cannot be used."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One declared code: its title, and of a series the unit of its values."""

    title: Text
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Declarations:
    """The declared codes by kind. Undeclared ones are refused at the door, nowhere else."""

    programmes: Mapping[str, Declared] = field(default_factory=dict)
    series: Mapping[str, Declared] = field(default_factory=dict)
    organisations: Mapping[str, Declared] = field(default_factory=dict)


@cache
def shipped() -> Declarations:
    """The declarations of `data/catalogue.csv`."""
    return read(DATA / "catalogue.csv")


def read(path: Path) -> Declarations:
    """The declarations of a CSV file; raises Misdeclared with file and line, or OSError."""
    try:
        rows = read_rows(path)
    except (csv.Error, UnicodeDecodeError) as error:
        raise Misdeclared(f"{path}: this is no CSV file in UTF-8 ({error}).") from error
    found: dict[str, dict[str, Declared]] = {kind: {} for kind in PATTERNS}
    for line, row in enumerate(rows, start=2):
        _declare(found, row, f"{path} line {line}")
    return _declarations(found["programme"], found["series"], found["organisation"])


def joined(a: Declarations, b: Declarations) -> Declarations:
    """Both together; raises Misdeclared if they declare one code differently."""
    return _declarations(
        _union(a.programmes, b.programmes),
        _union(a.series, b.series),
        _union(a.organisations, b.organisations),
    )


def _declare(found: dict[str, dict[str, Declared]], row: Mapping[str, str], where: str) -> None:
    if _is_not(COLUMNS, row):
        raise Misdeclared(f"{where}: write exactly the columns {','.join(COLUMNS)}.")
    kind, code = row["kind"], row["code"]
    if kind not in PATTERNS:
        raise Misdeclared(f"{where}: the kind is one of {', '.join(PATTERNS)}.")
    if not PATTERNS[kind].fullmatch(code):
        raise Misdeclared(f"{where}: the code does not match {PATTERNS[kind].pattern}.")
    if code in found[kind]:
        raise Misdeclared(f"{where}: {kind} {code} is declared twice.")
    if not (row["title_en"] and row["title_sr"]):
        raise Misdeclared(f"{where}: {kind} {code} needs a title in both languages.")
    found[kind][code] = Declared(Text(sr=row["title_sr"], en=row["title_en"]), row["unit"])


def _is_not(columns: Iterable[str], row: Mapping[str, str]) -> bool:
    """A short row has None for the missing columns, a long one a None key."""
    return set(row) != set(columns) or None in row.values()


def _union(a: Mapping[str, Declared], b: Mapping[str, Declared]) -> dict[str, Declared]:
    for code in a.keys() & b.keys():
        if a[code] != b[code]:
            raise Misdeclared(f"{code} is declared twice, with different titles or units.")
    return {**a, **b}


def _declarations(
    programmes: dict[str, Declared],
    series: dict[str, Declared],
    organisations: dict[str, Declared],
) -> Declarations:
    return Declarations(
        MappingProxyType(programmes), MappingProxyType(series), MappingProxyType(organisations)
    )
