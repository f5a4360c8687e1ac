"""Reads the golden cases beside the indicators: small stories, and the cells that they must give.

A fact is one line: who, when, what (`placement.made`), and whatever is unusual about it as
`field=value`; `at` is its municipality, `home` the residence, a list is parted by commas, and what
a line does not name has the usual values of `tell.py`. Each line is a fact of its own unless it
names a `factid` with a `revision`.

A cell is one line as well: measure, place, period, then if need be the split, `asked` and a day,
`known` and an instant; after the colon all rows of the table as `bucket number state`. The bucket
`total` is not named, and neither is the state where the number tells it.
"""

import tomllib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from tests.reference.plain import Event, Number
from tests.reference.tables import Question
from tests.reference.tell import (
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
    say,
)

INDICATORS = Path(__file__).parents[2] / "services" / "reporting" / "indicators"
ASKED_ON = date(2026, 6, 1)
"""The day on which a cell is asked for unless it says another."""

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
    """One table as it must be shown: every bucket with its number and state."""

    question: Question
    asked_on: date
    known_at: str | None
    rows: dict[str, tuple[Number, str]]


class Case(NamedTuple):
    """A claim about an indicator: what was said, and what the tables then show."""

    indicator: str
    claim: str
    events: list[Event]
    cells: list[Cells]


def golden_cases() -> list[Case]:
    """All cases of all indicators."""
    return [case for file in sorted(INDICATORS.glob("*.toml")) for case in cases_of(file)]


def cases_of(file: Path) -> Iterator[Case]:
    """The cases of one indicator's file."""
    indicator = f"{file.stem[:2].upper()}-{file.stem[2:4]}"
    for case in tomllib.loads(file.read_text(encoding="utf-8"))["case"]:
        events = [event(number, line) for number, line in enumerate(case["facts"], start=1)]
        shows = [cells(indicator, line) for line in case["shows"]]
        yield Case(indicator, case["claim"], events, shows)


def event(number: int, line: str) -> Event:
    """One line of a story as an event."""
    who, on, what, *unusual = line.split()
    told = dict(field(each) for each in unusual)
    kind = TYPES.get(what) or f"{told['type'].partition('.')[0]}.{what}"
    subject = told.pop("subject", None) or WHO.get(who) or f"s-{who}"
    names = {"id": f"e-{number}", "factid": f"f-{number}"}
    said = say(kind, on, subject, **(names | told))
    for name in [name for name, value in told.items() if value == "unsaid"]:
        del said["data"][name]
    return said


def field(told: str) -> tuple[str, Any]:
    """One `field=value` of a line."""
    name, _, text = told.partition("=")
    name = FIELDS.get(name, name)
    if name in LISTS:
        return name, [each for each in text.split(",") if each]
    if name in NUMBERS:
        return name, int(text)
    if name in FLAGS:
        return name, text == "true"
    return name, TOWNS.get(text) or WHO.get(text) or text


def cells(indicator: str, line: str) -> Cells:
    """One line of what must be shown."""
    head, _, tail = line.partition(": ")
    measure, place, period, *rest = head.split()
    options = dict(zip(rest[-2::-2], rest[::-2], strict=False))
    split = rest[0] if len(rest) % 2 else "total"
    question = Question(f"{indicator}.{measure}", TOWNS.get(place, place), period, split)
    asked_on = date.fromisoformat(options.get("asked", ASKED_ON.isoformat()))
    rows = dict(row(split, told) for told in tail.split(", ") if told != "nothing")
    return Cells(question, asked_on, options.get("known"), rows)


def row(split: str, told: str) -> tuple[str, tuple[Number, str]]:
    """One row: its bucket, number and state."""
    words = told.split()
    bucket = "total" if split == "total" else words.pop(0)
    number = None if words[0] == "none" else Decimal(words[0])
    usual = "none" if number is None else "value" if number else "zero"
    return bucket, (number, words[1] if len(words) > 1 else usual)
