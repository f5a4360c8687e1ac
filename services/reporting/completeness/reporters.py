"""The list of reporters: which organisation should report on a domain for a council, from when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final, get_args

from schemas import territory
from schemas.closed_lists import ReportedDomain
from schemas.code_lists import DATA, read_table
from schemas.codes import is_random_code
from schemas.csv_table import TableError, TableRow
from schemas.declared_codes import DeclarationError
from schemas.validation.suggestions import comma_list, nearest

_SHIPPED: Final = DATA / "reporters.csv"
"""The shipped list has no rows: each installation has its own reporters."""
_COLUMNS: Final = ("organisation", "domain", "municipality", "from")
_EMPTY: Final = "(empty)"
DOMAINS: Final[tuple[str, ...]] = get_args(ReportedDomain)


@dataclass(frozen=True, slots=True)
class Reporter:
    """One line of the list; `first_on` is the first day that the organisation reports on."""

    organisation: str
    domain: str
    council: str
    first_on: date

    @property
    def key(self) -> tuple[str, str, str]:
        """(organisation, domain, council): unique in the list."""
        return (self.organisation, self.domain, self.council)


Reporters = tuple[Reporter, ...]


@cache
def load_reporters(own: Path | None, organisations: frozenset[str]) -> Reporters:
    """Return the shipped list and the installation's own.

    Raise DeclarationError with file and line, or OSError.
    """
    found: dict[tuple[str, str, str], Reporter] = {}
    for path in [_SHIPPED] if own is None else [_SHIPPED, own]:
        for row in _rows(path):
            where = f"{path} line {row.line}"
            reporter = _reporter(row, organisations, where)
            if reporter.key in found:
                key = " ".join(reporter.key)
                raise DeclarationError(f"{where}: {key} is there twice. Remove one of them.")
            found[reporter.key] = reporter
    return tuple(found[key] for key in sorted(found))


def _rows(path: Path) -> tuple[TableRow, ...]:
    """Return the rows; the header is required, so that no wrong file is read as an empty list."""
    try:
        return read_table(path, _COLUMNS)
    except TableError as error:
        raise DeclarationError(f"{path} {error}") from error


def _reporter(row: TableRow, organisations: Collection[str], where: str) -> Reporter:
    return Reporter(
        organisation=_organisation(
            row["organisation"], organisations, f"{where}, column organisation"
        ),
        domain=_domain(row["domain"], f"{where}, column domain"),
        council=_council(row["municipality"], f"{where}, column municipality"),
        first_on=_day(row["from"], f"{where}, column from"),
    )


def _organisation(code: str, known: Collection[str], where: str) -> str:
    if code in known or (code.startswith("o-") and is_random_code(code)):
        return code
    remedy = "Declare it in the catalogue of this installation, or write its random code."
    raise DeclarationError(
        f"{where}: {code or _EMPTY} is no declared organisation.{_suggestion(code, known)} {remedy}"
    )


def _domain(domain: str, where: str) -> str:
    if domain in DOMAINS:
        return domain
    raise DeclarationError(
        f"{where}: {domain or _EMPTY} is no domain. Write one of {comma_list(DOMAINS)}."
    )


def _council(code: str, where: str) -> str:
    if territory.is_council(code):
        return code
    if territory.is_listed(code):
        council = territory.council_of(code)
        counts = f"{code} {territory.name_of(code)} counts for {territory.name_of(council)}"
        raise DeclarationError(f"{where}: {counts}. Write {council}.")
    near = territory.nearest(code)
    suggestion = f" Nearest: {comma_list(near)}." if near else ""
    remedy = "Use a code of the municipality list."
    raise DeclarationError(f"{where}: {code or _EMPTY} is no municipality.{suggestion} {remedy}")


def _day(text: str, where: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise DeclarationError(
            f"{where}: {text or _EMPTY} is no day of the calendar. Write it like 2023-03-02."
        )
    return day


def _suggestion(code: str, known: Collection[str]) -> str:
    near = nearest(code, sorted(known))
    return f" Nearest: {comma_list(near)}." if near else ""
