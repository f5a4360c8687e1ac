"""Which tables a doubt meets: exactly those in which a wrong entry may count."""

import json
from datetime import date, timedelta
from itertools import product

import pytest

from schemas.declarations import shipped
from schemas.envelope import hear
from schemas.event import Event
from schemas.periods import parse
from schemas.registration import FollowupRecorded
from services.reporting.counting.indicator import Entry, Kind
from services.reporting.indicators import catalogue
from services.reporting.proof.suspicion import classes_of, doubts_of_event, lasting
from services.reporting.tables.doubt import EVERYTHING, Doubt, Doubts, cells, joined, withheld
from services.reporting.tables.memory import values
from services.reporting.tables.table import State, Table, Value
from tests.reference.tell import say

PROKUPLJE, NIS = "70998", "79022"
MARCH, MAY = date(2023, 3, 1), date(2023, 5, 1)
DEFINITIONS = catalogue(shipped())
MEASURES = {name: (i, m) for i in DEFINITIONS for name, m in i.named_measures}
LASTING = lasting(DEFINITIONS)
DAYS = [date(2023, 3, 1), date(2023, 3, 31), date(2023, 4, 1), date(2023, 5, 17)]
PERIODS = ["2023-02", "2023-03", "2023-04", "2023-05", "2023-06", "2023-Q1", "2023-Q2", "2022"]
PERIODS += ["2023", "to-2023-02", "to-2023-03", "to-2023-06"]


def table(
    name: str, place: str = PROKUPLJE, period: str = "2023-05", split: str = "total"
) -> Table:
    return Table(*MEASURES[name], place, parse(period), split)


def entry(name: str, on: date, until: date | None = None) -> Entry:
    return Entry(name, on, until, PROKUPLJE, frozenset(), 1)


@pytest.mark.parametrize("name", ["MI-13.placed", "MI-13.due", "MI-01.jobseekers", "MI-09.known"])
def test_a_doubt_of_an_entry_meets_every_table_in_which_it_counts(name: str) -> None:
    """And no month, quarter or year before it begins or after it has ended."""
    is_lasting = MEASURES[name][1].kind in {Kind.PRESENT, Kind.STOCK}
    for on, length in product(DAYS, (None, 1, 31, 60)):
        until = None if length is None or not is_lasting else on + timedelta(days=length)
        wrong = entry(name, on, until)
        doubts = Doubts(cells([wrong], LASTING))
        for period in PERIODS:
            counted = values(table(name, period=period), [("p", wrong)], date(2030, 1, 1))

            assert doubts.meet(table(name, period=period)) >= bool(counted[0].value), (
                wrong,
                period,
            )
        assert not doubts.meet(table(name, period="2023-02"))
        if until is not None and until <= date(2023, 6, 1):
            assert not doubts.meet(table(name, period="2023-06"))


@pytest.mark.parametrize(
    ("place", "is_met"),
    [(PROKUPLJE, True), ("RS229", True), ("RS22", True), ("RS", True), (NIS, False)],
)
def test_a_doubt_of_a_council_meets_the_places_that_it_lies_in(place: str, *, is_met: bool) -> None:
    doubts = Doubts([Doubt("MI-13.placed", PROKUPLJE, MAY, MAY)])

    assert doubts.meet(table("MI-13.placed", place)) is is_met
    assert doubts.meet(table("MI-13.placed", place, split="sex")) is is_met
    assert not doubts.meet(table("MI-13.durable", place))


@pytest.mark.parametrize(
    ("municipality", "place", "is_met"),
    [
        ("", "RS", True),
        ("", PROKUPLJE, False),
        (PROKUPLJE, PROKUPLJE, True),
        (PROKUPLJE, "RS", False),
        (PROKUPLJE, "RS229", False),
    ],
)
def test_a_doubt_of_an_observation_meets_exactly_its_place(
    municipality: str, place: str, *, is_met: bool
) -> None:
    doubts = Doubts([Doubt("PI-12.employers_surveyed", municipality, MAY, MAY)])

    assert doubts.meet(table("PI-12.employers_surveyed", place)) is is_met


def test_nothing_escapes_a_doubt_about_everything() -> None:
    doubts = Doubts([EVERYTHING])

    assert all(
        doubts.meet(table(name, place)) for name in MEASURES for place in ("RS", NIS, "RS229")
    )


def test_without_a_doubt_nothing_is_met() -> None:
    assert not any(Doubts().meet(table(name)) for name in MEASURES)


def test_a_withheld_split_names_no_bucket() -> None:
    assert withheld(table("MI-13.placed")) == [Value("total", None, State.WITHHELD)]
    assert withheld(table("MI-13.placed", split="sex")) == [Value(None, None, State.WITHHELD)]


def test_many_doubts_are_joined_into_few_that_meet_at_least_as_much() -> None:
    many = [
        Doubt("MI-13.placed", place, date(2023, month, 1), date(2023, month, 1))
        for place in (PROKUPLJE, NIS)
        for month in range(1, 13)
    ]

    assert joined(many, 24) == many
    assert joined(many, 2) == [
        Doubt("MI-13.placed", place, date(2023, 1, 1), date(2023, 12, 1))
        for place in (PROKUPLJE, NIS)
    ]
    assert joined(many, 1) == [Doubt("MI-13.placed", None, date(2023, 1, 1), date(2023, 12, 1))]
    assert joined([*many, Doubt("MI-13.placed", NIS)], 1)[0].to_month is None


def said(kind: str, **data: str) -> Event:
    event = hear(json.dumps(say(kind, "2023-03-02", **data)).encode()).data
    assert event is not None
    return event


def test_an_event_that_is_no_fact_casts_doubt_on_what_counts_its_class_at_its_council() -> None:
    doubts = list(doubts_of_event(DEFINITIONS, said("matching.placement.made"), PROKUPLJE))
    places = {doubt.measure: doubt.municipality for doubt in doubts}

    assert all(doubt.is_of_log for doubt in doubts)
    assert places["MI-13.placed"] == PROKUPLJE
    assert places["MI-09.active"] is None
    assert "MI-05.registered" not in places


def test_a_retraction_that_is_no_fact_casts_doubt_on_what_it_takes_back_anywhere() -> None:
    retraction = said("matching.fact.retracted", type="matching.placement.made")
    doubts = list(doubts_of_event(DEFINITIONS, retraction, None))

    assert {doubt.municipality for doubt in doubts} == {None}
    assert "MI-13.placed" in {doubt.measure for doubt in doubts}


def test_the_classes_of_a_type_are_those_of_all_its_versions() -> None:
    assert classes_of("registration.followup.recorded") >= {FollowupRecorded}
    assert classes_of("nobody.has.said") == set()
