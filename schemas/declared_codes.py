"""The codes that an installation declares: programmes, series of observations, organisations."""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

from . import patterns
from .bilingual_text import BilingualText
from .code_lists import DATA, read_csv_rows

_COLUMNS = ("kind", "code", "title_en", "title_sr", "unit")
_PATTERNS = {
    "programme": re.compile(patterns.NAME),
    "series": re.compile(patterns.NAME),
    "organisation": re.compile(patterns.ORGANISATION),
}


class DeclarationError(ValueError):
    """A catalogue file is invalid; the message names file, line and remedy."""


@dataclass(frozen=True, slots=True)
class DeclaredCode:
    """The title of a declared code; for a series also the unit of its values."""

    title: BilingualText
    unit: str = ""


@dataclass(frozen=True, slots=True)
class DeclaredCodes:
    """The declared codes by kind. Only strict validation refuses undeclared ones."""

    programmes: Mapping[str, DeclaredCode] = field(default_factory=dict)
    series: Mapping[str, DeclaredCode] = field(default_factory=dict)
    organisations: Mapping[str, DeclaredCode] = field(default_factory=dict)


@cache
def shipped() -> DeclaredCodes:
    """Return the codes declared in the shipped `data/catalogue.csv`."""
    return read(DATA / "catalogue.csv")


def read(path: Path) -> DeclaredCodes:
    """Return the codes declared in a CSV file with the columns of `_COLUMNS`.

    Raises DeclarationError, which names file and line, or OSError.
    """
    try:
        rows = read_csv_rows(path)
    except (csv.Error, UnicodeDecodeError) as error:
        raise DeclarationError(f"{path}: this is not a CSV file in UTF-8 ({error}).") from error
    found: dict[str, dict[str, DeclaredCode]] = {kind: {} for kind in _PATTERNS}
    for line, row in enumerate(rows, start=2):
        _declare(found, row, f"{path} line {line}")
    return _declared_codes(found["programme"], found["series"], found["organisation"])


def merged(a: DeclaredCodes, b: DeclaredCodes) -> DeclaredCodes:
    """Merge two sets of codes; raises DeclarationError if they declare a code differently."""
    return _declared_codes(
        _union(a.programmes, b.programmes),
        _union(a.series, b.series),
        _union(a.organisations, b.organisations),
    )


def _declare(found: dict[str, dict[str, DeclaredCode]], row: Mapping[str, str], where: str) -> None:
    if not _has_columns(row, _COLUMNS):
        raise DeclarationError(f"{where}: write exactly the columns {','.join(_COLUMNS)}.")
    kind, code = row["kind"], row["code"]
    if kind not in _PATTERNS:
        raise DeclarationError(f"{where}: the kind is one of {', '.join(_PATTERNS)}.")
    if not _PATTERNS[kind].fullmatch(code):
        raise DeclarationError(f"{where}: the code does not match {_PATTERNS[kind].pattern}.")
    if code in found[kind]:
        raise DeclarationError(f"{where}: {kind} {code} is declared twice.")
    if not (row["title_en"] and row["title_sr"]):
        raise DeclarationError(f"{where}: {kind} {code} needs a title in both languages.")
    found[kind][code] = DeclaredCode(
        BilingualText(sr=row["title_sr"], en=row["title_en"]), row["unit"]
    )


def _has_columns(row: Mapping[str, str], columns: Iterable[str]) -> bool:
    """A row that is too short has None values, one that is too long has the key None."""
    return set(row) == set(columns) and None not in row.values()


def _union(a: Mapping[str, DeclaredCode], b: Mapping[str, DeclaredCode]) -> dict[str, DeclaredCode]:
    for code in a.keys() & b.keys():
        if a[code] != b[code]:
            raise DeclarationError(f"{code} is declared twice, with different titles or units.")
    return {**a, **b}


def _declared_codes(
    programmes: dict[str, DeclaredCode],
    series: dict[str, DeclaredCode],
    organisations: dict[str, DeclaredCode],
) -> DeclaredCodes:
    return DeclaredCodes(
        MappingProxyType(programmes), MappingProxyType(series), MappingProxyType(organisations)
    )
