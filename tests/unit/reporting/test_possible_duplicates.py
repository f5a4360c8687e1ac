"""Two sources that report one job are a pair, for as long as both reports count."""

import pytest

from schemas.events.matching import PlacementMade
from services.reporting.domain.history import Fact, History
from services.reporting.possible_duplicates.model import (
    DuplicatePair,
    disclosed_count,
    duplicate_pairs,
)

from .builders import NES, NIS, SCHOOL, P, Q, make_fact, make_retraction

NGO = "/partners/ngo"


def placed(on: str, source: str = NES, **fields: object) -> Fact:
    return make_fact(PlacementMade, on, source=source, **fields)


def pairs(*facts: Fact) -> list[DuplicatePair]:
    return list(duplicate_pairs(History(facts)))


def sources(*facts: Fact) -> list[tuple[str, str]]:
    """The sources of each pair."""
    return [(pair.first.source, pair.other.source) for pair in pairs(*facts)]


def test_two_sources_that_report_one_job_are_a_pair() -> None:
    (pair,) = pairs(placed("2023-03-16", SCHOOL), placed("2023-03-02", NES))

    assert (pair.first.source, pair.other.source, pair.days_apart) == (NES, SCHOOL, 14)
    assert pair.council == "70998"


@pytest.mark.parametrize(
    "other",
    [
        placed("2023-03-17", SCHOOL),
        placed("2023-03-05", SCHOOL, municipality=NIS),
        placed("2023-03-05", NES),
    ],
    ids=["too late", "another council", "the same source"],
)
def test_only_a_second_report_by_another_source_makes_a_pair(other: Fact) -> None:
    assert pairs(placed("2023-03-02"), other) == []


def test_every_other_source_is_paired_with_the_first_report() -> None:
    found = sources(placed("2023-03-02"), placed("2023-03-03", SCHOOL), placed("2023-03-04", NGO))

    assert found == [(NES, SCHOOL), (NES, NGO)]


def test_a_retraction_by_one_source_ends_the_pair() -> None:
    twice = [placed("2023-03-02"), placed("2023-03-03", SCHOOL, factid="x")]
    retraction = make_retraction("matching.placement.made", "x", source=SCHOOL)

    assert sources(*twice) == [(NES, SCHOOL)]
    assert sources(*twice, retraction) == []


def test_a_pair_keeps_its_id_when_a_correction_changes_the_order() -> None:
    nes = placed("2023-03-02", factid="a")
    before = pairs(nes, placed("2023-03-05", SCHOOL, factid="x"))
    after = pairs(nes, placed("2023-03-01", SCHOOL, factid="x", revision=2))

    assert before[0].first.source != after[0].first.source
    assert (before[0].records, before[0].id) == (after[0].records, after[0].id)


def test_linked_codes_make_a_pair_with_the_codes_of_its_reports() -> None:
    (pair,) = pairs(placed("2023-03-02", subject=P), placed("2023-03-03", SCHOOL, subject=Q))

    assert {record.subject for record in pair.records} == {P, Q}


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, (0, "zero")), (1, (None, "small")), (2, (None, "small")), (3, (3, "value"))],
)
def test_small_counts_have_no_number(count: int, shown: tuple[int | None, str]) -> None:
    assert disclosed_count(count) == shown
