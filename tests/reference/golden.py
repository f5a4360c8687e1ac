"""Reads the golden cases of the indicators: small stories, and the cells that they must give.

A fact is one line: who, when, what (`placement.made`), and whatever is unusual about it as
`field=value`; `at` is its municipality, `home` the residence, a list is separated by commas, and
what a line does not name has the default values of `builders.py`. Each line is a fact of its own
unless it names a `factid` with a `revision`.

A cell is one line as well: measure, place, period, then if need be the split, `asked` and a day,
`as_of` and an instant; after the colon all rows of the table as `bucket number state`. The bucket
`total` is not named, and neither is the state where it follows from the number.
"""

import tomllib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from tests.reference.builders import (
    ANA,
    BAKERY,
    BOBAN,
    CECA,
    DARKO,
    DATA,
    ENISA,
    FARM,
    IVANJICA,
    KNJAZEVAC,
    MEDIJANA,
    NIS,
    NOVI_SAD,
    OLD_NOVI_SAD,
    PETROVARADIN,
    PRIZREN,
    PROKUPLJE,
    make_event,
)
from tests.reference.shapes import Event, Number
from tests.reference.tables import Question

INDICATORS = Path(__file__).parents[2] / "services" / "reporting" / "indicators"
ASKED_ON = date(2026, 6, 1)
"""The day on which a cell is queried, unless the case names another."""

WHO = {
    "Ana": ANA,
    "Boban": BOBAN,
    "Ceca": CECA,
    "Darko": DARKO,
    "Enisa": ENISA,
    "Goran": f"p-0{'g' * 25}",
    "bakery": BAKERY,
    "farm": FARM,
}
TOWNS = {
    "Prokuplje": PROKUPLJE,
    "Ivanjica": IVANJICA,
    "Knjaževac": KNJAZEVAC,
    "Niš": NIS,
    "Medijana": MEDIJANA,
    "Novi_Sad": NOVI_SAD,
    "Petrovaradin": PETROVARADIN,
    "Old_Novi_Sad": OLD_NOVI_SAD,
    "Prizren": PRIZREN,
}
FIELDS = {"at": "municipality", "home": "residence"}
TYPES = {name.partition(".")[2]: name for name in DATA if ".fact.retracted" not in name}
LISTS = {"groups", "categories", "programmes", "needs", "after"}
NUMBERS = {
    *("birth_year", "birth_month", "month", "positions", "filled_positions", "revision"),
    *("expected_months", "hours", "cycle", "grade", "rank"),
}
FLAGS = {"qualification_abroad", "exam", "grant"}


class Cells(NamedTuple):
    """One expected table: every bucket with its number and state."""

    question: Question
    asked_on: date
    as_of: str | None
    rows: dict[str, tuple[Number, str]]


class Case(NamedTuple):
    """A claim about an indicator: the events, and the tables that follow from them."""

    indicator: str
    claim: str
    events: list[Event]
    cells: list[Cells]


def golden_cases() -> list[Case]:
    """Return all cases of all indicators."""
    return [case for file in sorted(INDICATORS.glob("*.toml")) for case in cases_of(file)]


def cases_of(file: Path) -> Iterator[Case]:
    """Yield the cases of one indicator's file."""
    indicator = f"{file.stem[:2].upper()}-{file.stem[2:4]}"
    for case in tomllib.loads(file.read_text(encoding="utf-8"))["case"]:
        events = [event(number, line) for number, line in enumerate(case["facts"], start=1)]
        shows = [cells(indicator, line) for line in case["shows"]]
        yield Case(indicator, case["claim"], events, shows)


def event(number: int, line: str) -> Event:
    """Parse one line of a story as an event."""
    who, on, what, *unusual = line.split()
    fields = dict(field(each) for each in unusual)
    kind = TYPES.get(what) or f"{fields['type'].partition('.')[0]}.{what}"
    subject = fields.pop("subject", None) or WHO.get(who) or f"s-{who}"
    names = {"id": f"e-{number}", "factid": f"f-{number}"}
    made = make_event(kind, on, subject, **(names | fields))
    for name in [name for name, value in fields.items() if value == "omitted"]:
        del made["data"][name]
    return made


def field(text: str) -> tuple[str, Any]:
    """Parse one `field=value` of a line."""
    name, _, value = text.partition("=")
    name = FIELDS.get(name, name)
    if name in LISTS:
        return name, [each for each in value.split(",") if each]
    if name in NUMBERS:
        return name, int(value)
    if name in FLAGS:
        return name, value == "true"
    return name, TOWNS.get(value) or WHO.get(value) or value


def cells(indicator: str, line: str) -> Cells:
    """Parse one line of expected cells."""
    head, _, tail = line.partition(": ")
    measure, place, period, *rest = head.split()
    options = dict(zip(rest[-2::-2], rest[::-2], strict=False))
    split = rest[0] if len(rest) % 2 else "total"
    question = Question(f"{indicator}.{measure}", TOWNS.get(place, place), period, split)
    asked_on = date.fromisoformat(options.get("asked", ASKED_ON.isoformat()))
    rows = dict(row(split, text) for text in tail.split(", ") if text != "nothing")
    return Cells(question, asked_on, options.get("as_of"), rows)


def row(split: str, text: str) -> tuple[str, tuple[Number, str]]:
    """Parse one row: its bucket, number and state."""
    words = text.split()
    bucket = "total" if split == "total" else words.pop(0)
    number = None if words[0] == "none" else Decimal(words[0])
    usual = "none" if number is None else "value" if number else "zero"
    return bucket, (number, words[1] if len(words) > 1 else usual)
