"""Which tables a hold covers: exactly those in which a wrong entry may count."""

import json
from datetime import date, timedelta
from itertools import product

import pytest

from schemas.declared_codes import shipped
from schemas.events.event import Event
from schemas.events.registration import FollowupRecorded
from schemas.periods import parse_period
from schemas.validation.decode import decode_event
from services.reporting.domain.indicator import Entry, MeasureKind
from services.reporting.indicators import catalogue
from services.reporting.reconciliation.model import classes_of, holds_of_event, open_ended_measures
from services.reporting.tables.holds import (
    HOLD_ON_EVERYTHING,
    Hold,
    Holds,
    holds_on_entries,
    merge_holds,
    withheld_values,
)
from services.reporting.tables.in_memory import values_in_memory
from services.reporting.tables.table import Table, Value, ValueState
from tests.reference.builders import make_event

PROKUPLJE, NIS = "70998", "79022"
MARCH, MAY = date(2023, 3, 1), date(2023, 5, 1)
DEFINITIONS = catalogue(shipped())
MEASURES = {name: (i, m) for i in DEFINITIONS for name, m in i.named_measures}
OPEN_ENDED = open_ended_measures(DEFINITIONS)
DAYS = [date(2023, 3, 1), date(2023, 3, 31), date(2023, 4, 1), date(2023, 5, 17)]
PERIODS = ["2023-02", "2023-03", "2023-04", "2023-05", "2023-06", "2023-Q1", "2023-Q2", "2022"]
PERIODS += ["2023", "to-2023-02", "to-2023-03", "to-2023-06"]


def table(
    name: str, place: str = PROKUPLJE, period: str = "2023-05", split: str = "total"
) -> Table:
    return Table(*MEASURES[name], place, parse_period(period), split)


def entry(name: str, on: date, until: date | None = None) -> Entry:
    return Entry(name, on, until, PROKUPLJE, frozenset(), 1)


@pytest.mark.parametrize("name", ["MI-13.placed", "MI-13.due", "MI-01.jobseekers", "MI-09.known"])
def test_a_hold_on_an_entry_covers_every_table_in_which_it_counts(name: str) -> None:
    """And no month, quarter or year before it begins or after it has ended."""
    is_open_ended = MEASURES[name][1].kind in {MeasureKind.PRESENT, MeasureKind.STOCK}
    for on, length in product(DAYS, (None, 1, 31, 60)):
        until = None if length is None or not is_open_ended else on + timedelta(days=length)
        wrong = entry(name, on, until)
        holds = Holds(holds_on_entries([wrong], OPEN_ENDED))
        for period in PERIODS:
            counted = values_in_memory(table(name, period=period), [("p", wrong)], date(2030, 1, 1))

            assert holds.cover(table(name, period=period)) >= bool(counted[0].value), (
                wrong,
                period,
            )
        assert not holds.cover(table(name, period="2023-02"))
        if until is not None and until <= date(2023, 6, 1):
            assert not holds.cover(table(name, period="2023-06"))


@pytest.mark.parametrize(
    ("place", "is_covered"),
    [(PROKUPLJE, True), ("RS229", True), ("RS22", True), ("RS", True), (NIS, False)],
)
def test_a_hold_on_a_council_covers_the_areas_that_contain_it(
    place: str, *, is_covered: bool
) -> None:
    holds = Holds([Hold("MI-13.placed", PROKUPLJE, MAY, MAY)])

    assert holds.cover(table("MI-13.placed", place)) is is_covered
    assert holds.cover(table("MI-13.placed", place, split="sex")) is is_covered
    assert not holds.cover(table("MI-13.durable", place))


@pytest.mark.parametrize(
    ("municipality", "place", "is_covered"),
    [
        ("", "RS", True),
        ("", PROKUPLJE, False),
        (PROKUPLJE, PROKUPLJE, True),
        (PROKUPLJE, "RS", False),
        (PROKUPLJE, "RS229", False),
    ],
)
def test_a_hold_on_an_observation_covers_exactly_its_place(
    municipality: str, place: str, *, is_covered: bool
) -> None:
    holds = Holds([Hold("PI-12.employers_surveyed", municipality, MAY, MAY)])

    assert holds.cover(table("PI-12.employers_surveyed", place)) is is_covered


def test_a_hold_on_everything_covers_every_table() -> None:
    holds = Holds([HOLD_ON_EVERYTHING])

    assert all(
        holds.cover(table(name, place)) for name in MEASURES for place in ("RS", NIS, "RS229")
    )


def test_without_holds_no_table_is_covered() -> None:
    assert not any(Holds().cover(table(name)) for name in MEASURES)


def test_a_withheld_split_names_no_bucket() -> None:
    assert withheld_values(table("MI-13.placed")) == [Value("total", None, ValueState.WITHHELD)]
    assert withheld_values(table("MI-13.placed", split="sex")) == [
        Value(None, None, ValueState.WITHHELD)
    ]


def test_many_holds_are_merged_into_few_that_cover_at_least_as_much() -> None:
    many = [
        Hold("MI-13.placed", place, date(2023, month, 1), date(2023, month, 1))
        for place in (PROKUPLJE, NIS)
        for month in range(1, 13)
    ]

    assert merge_holds(many, 24) == many
    assert merge_holds(many, 2) == [
        Hold("MI-13.placed", place, date(2023, 1, 1), date(2023, 12, 1))
        for place in (PROKUPLJE, NIS)
    ]
    assert merge_holds(many, 1) == [Hold("MI-13.placed", None, date(2023, 1, 1), date(2023, 12, 1))]
    assert merge_holds([*many, Hold("MI-13.placed", NIS)], 1)[0].to_month is None


def event(kind: str, **data: str) -> Event:
    decoded = decode_event(json.dumps(make_event(kind, "2023-03-02", **data)).encode()).data
    assert decoded is not None
    return decoded


def test_an_event_that_is_no_fact_puts_on_hold_what_counts_its_class_at_its_council() -> None:
    holds = list(holds_of_event(DEFINITIONS, event("matching.placement.made"), PROKUPLJE))
    places = {hold.measure: hold.municipality for hold in holds}

    assert all(hold.affects_facts for hold in holds)
    assert places["MI-13.placed"] == PROKUPLJE
    assert places["MI-09.active"] is None
    assert "MI-05.registered" not in places


def test_a_retraction_that_is_no_fact_puts_its_type_on_hold_everywhere() -> None:
    retraction = event("matching.fact.retracted", type="matching.placement.made")
    holds = list(holds_of_event(DEFINITIONS, retraction, None))

    assert {hold.municipality for hold in holds} == {None}
    assert "MI-13.placed" in {hold.measure for hold in holds}


def test_the_classes_of_a_type_are_those_of_all_its_versions() -> None:
    assert classes_of("registration.followup.recorded") >= {FollowupRecorded}
    assert classes_of("no.such.type") == set()
