"""MI-08, MI-11, PI-11, PI-12 and PI-13: figures that were published elsewhere."""

from decimal import Decimal

import pytest

from schemas.bilingual_text import BilingualText
from schemas.declared_codes import DeclaredCode, DeclaredCodes, merged, shipped
from services.reporting.domain.fold import entries_of
from services.reporting.indicators import catalogue

from .builders import DEFINITIONS, NIS, PROKUPLJE, entries, make_observation, make_retraction, spans


@pytest.mark.parametrize(
    ("period", "first", "after"),
    [
        ("2023-06", "2023-06-01", "2023-07-01"),
        ("2023-12", "2023-12-01", "2024-01-01"),
        ("2023-Q2", "2023-04-01", "2023-07-01"),
        ("2023", "2023-01-01", "2024-01-01"),
    ],
)
def test_an_observation_is_open_in_exactly_its_period(period: str, first: str, after: str) -> None:
    facts = [make_observation("equipment_donated", period, "10", municipality=PROKUPLJE)]
    (entry,) = entries(facts, "PI-13.equipment_donated")

    assert spans(facts, "PI-13.equipment_donated") == [(first, after)]
    assert (entry.municipality, entry.amount) == (PROKUPLJE, 10)
    assert entry.buckets == frozenset()


def test_without_a_municipality_it_is_the_country() -> None:
    facts = [make_observation("employers_surveyed", "2023-06", "646")]
    (entry,) = entries(facts, "PI-12.employers_surveyed")

    assert (entry.municipality, entry.amount) == ("", 646)


def test_a_base_is_a_separate_measure_where_one_was_loaded() -> None:
    facts = [
        make_observation("intention_permanent", "2022", "31.5", base="120"),
        make_observation("intention_permanent", "2023", "30"),
    ]

    assert [e.amount for e in entries(facts, "MI-11.intention_permanent")] == [Decimal("31.5"), 30]
    assert [e.amount for e in entries(facts, "MI-11.intention_permanent_base")] == [120]


def test_of_several_for_one_place_and_period_the_greatest_vintage_counts() -> None:
    facts = [
        make_observation("work_permits", "2023", "2", vintage="2024-02-01"),
        make_observation("work_permits", "2023", "3", vintage="2024-01-01", on="2024-03-01"),
        make_observation("work_permits", "2023", "1", vintage="2023-12-01"),
        make_observation("work_permits", "2023-Q1", "9", vintage="2023-04-01"),
    ]

    assert {e.amount for e in entries(facts, "MI-08.work_permits")} == {2, 9}


def test_at_one_vintage_the_last_in_the_order_of_facts_counts() -> None:
    facts = [
        make_observation("work_permits", "2023", "2", on="2024-01-02", factid="a"),
        make_observation("work_permits", "2023", "1", on="2024-01-01", factid="z"),
        make_observation("work_permits", "2023", "3", on="2024-01-02", factid="b"),
    ]

    assert [e.amount for e in entries(facts, "MI-08.work_permits")] == [3]


def test_a_base_comes_from_the_same_observation_as_its_value() -> None:
    facts = [
        make_observation("work_permits", "2023", "2", base="5", vintage="2023-12-01"),
        make_observation("work_permits", "2023", "3", vintage="2024-01-01"),
    ]

    assert entries(facts, "MI-08.work_permits_base") == []


FIRST = make_observation("work_permits", "2023", "2", municipality=PROKUPLJE, factid="a")


def test_a_corrected_observation_leaves_its_old_place() -> None:
    """The series is folded as one, because a correction may name another place."""
    moved = make_observation("work_permits", "2023", "2", municipality=NIS, factid="a")
    corrected = moved._replace(revision=2, event_id="a-2")

    for facts in ([FIRST, corrected], [corrected, FIRST]):
        assert [e.municipality for e in entries(facts, "MI-08.work_permits")] == [NIS]


def test_a_retracted_observation_does_not_count() -> None:
    retracted = make_retraction("reference.observation.loaded", "a", subject="s-work_permits")

    assert len(entries([FIRST], "MI-08.work_permits")) == 1
    assert entries([FIRST, retracted], "MI-08.work_permits") == []


def test_the_surveys_measures_are_the_declared_series() -> None:
    own = DeclaredCodes(
        series={"survey_new": DeclaredCode(BilingualText(sr="ново", en="new"), "percent")}
    )
    definitions = catalogue(merged(shipped(), own))
    (survey,) = (indicator for indicator in definitions if indicator.id == "PI-11")
    names = [measure.name for measure in survey.measures]

    assert names[:2] == ["survey_mini_grants", "survey_mini_grants_base"]
    assert {"survey_new", "survey_new_base"} <= set(names)
    assert len(names) == 8


def test_a_percentage_without_n_has_no_base() -> None:
    facts = [make_observation("survey_workshops", "2023-06", "68", municipality=PROKUPLJE)]

    assert [e.measure for e in entries_of(facts, DEFINITIONS)] == ["PI-11.survey_workshops"]


def test_a_series_that_no_indicator_shows_makes_no_entry() -> None:
    assert entries_of([make_observation("unknown_series", "2023", "1")], DEFINITIONS) == []
