"""The codes that an installation declares: programmes, series of observations, organisations."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

from . import patterns
from .bilingual_text import BilingualText
from .code_lists import DATA, read_table
from .csv_table import TableError, TableRow

_COLUMNS = ("kind", "code", "title_en", "title_sr", "unit")
_WORDS = ("word_en", "word_sr_one", "word_sr_few", "word_sr_many")
_PATTERNS = {
    "programme": patterns.NAME,
    "series": patterns.NAME,
    "organisation": patterns.ORGANISATION,
}

SeriesUnit = Literal["count", "persons", "percent", "amount", "signed"]
"""What a series' values are: numbers of things or of people, percent, sums, or differences."""
_UNITS: tuple[SeriesUnit, ...] = get_args(SeriesUnit)


class DeclarationError(ValueError):
    """A catalogue file is invalid; the message names file, line and remedy."""


@dataclass(frozen=True, slots=True)
class UnitWords:
    """The word beside a number: in English, and in Serbian after 1, after 2 to 4, and after 5."""

    en: str
    sr_one: str
    sr_few: str
    sr_many: str


@dataclass(frozen=True, slots=True)
class DeclaredCode:
    """The title of a declared code; for a series also the unit of its values and its words."""

    title: BilingualText
    unit: SeriesUnit | None = None
    words: UnitWords | None = None


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
    """Return the codes declared in a CSV file: kind, code, both titles, unit of a series, words.

    Raises DeclarationError, which names file and line, or OSError.
    """
    try:
        rows = read_table(path, _COLUMNS, _WORDS)
    except TableError as error:
        raise DeclarationError(f"{path} {error}") from error
    found: dict[str, dict[str, DeclaredCode]] = {kind: {} for kind in _PATTERNS}
    for row in rows:
        _declare(found, row, f"{path} line {row.line}")
    return _declared_codes(found["programme"], found["series"], found["organisation"])


def merged(a: DeclaredCodes, b: DeclaredCodes) -> DeclaredCodes:
    """Merge two sets of codes; raises DeclarationError if they declare a code differently."""
    return _declared_codes(
        _union(a.programmes, b.programmes),
        _union(a.series, b.series),
        _union(a.organisations, b.organisations),
    )


def _declare(found: dict[str, dict[str, DeclaredCode]], row: TableRow, where: str) -> None:
    kind, code = row["kind"], row["code"]
    if kind not in _PATTERNS:
        raise DeclarationError(f"{where}, column kind: the kind is one of {', '.join(_PATTERNS)}.")
    if not re.fullmatch(_PATTERNS[kind], code):
        form = patterns.DESCRIPTIONS[_PATTERNS[kind]]
        where = f"{where}, column code"
        raise DeclarationError(f"{where}: {code} cannot be a code of kind {kind}: write {form}.")
    if code in found[kind]:
        raise DeclarationError(f"{where}, column code: {kind} {code} is declared twice.")
    if not (row["title_en"] and row["title_sr"]):
        raise DeclarationError(f"{where}: {kind} {code} needs a title in both languages.")
    title = BilingualText(sr=row["title_sr"], en=row["title_en"])
    unit = _unit(row, where) if kind == "series" else None
    found[kind][code] = DeclaredCode(title, unit, unit and _words(row, unit, where))


def _unit(row: TableRow, where: str) -> SeriesUnit:
    for unit in _UNITS:
        if row["unit"] == unit:
            return unit
    raise DeclarationError(
        f"{where}, column unit: the unit of series {row['code']} is one of {', '.join(_UNITS)}."
        " The words to show beside its numbers stand in word_en, word_sr_one, word_sr_few and"
        " word_sr_many."
    )


def _words(row: TableRow, unit: SeriesUnit, where: str) -> UnitWords:
    given = [row[column] for column in _WORDS]
    if not any(given):
        return _USUAL_WORDS[unit]
    if not all(given):
        raise DeclarationError(f"{where}: fill all of {', '.join(_WORDS)}, or none.")
    return UnitWords(*given)


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


_USUAL_WORDS: Mapping[SeriesUnit, UnitWords] = MappingProxyType(
    {
        "count": UnitWords("", "", "", ""),
        "persons": UnitWords("persons", "лице", "лица", "лица"),
        "percent": UnitWords("percent", "%", "%", "%"),
        "amount": UnitWords("", "", "", ""),
        "signed": UnitWords("", "", "", ""),
    }
)
"""For a series that declares no words of its own."""
