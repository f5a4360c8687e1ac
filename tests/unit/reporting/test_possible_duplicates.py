"""Two sources that tell one job are a pair, for as long as both tellings stand."""

import pytest

from schemas.matching import PlacementMade
from services.reporting.counting.history import Fact, History
from services.reporting.quality.pairs import Pair, pairs_of, shown_count

from .telling import NES, NIS, SCHOOL, P, Q, retracted, said

NGO = "/partners/ngo"


def placed(on: str, source: str = NES, **told: object) -> Fact:
    return said(PlacementMade, on, source=source, **told)


def pairs(*facts: Fact) -> list[Pair]:
    return list(pairs_of(History(facts)))


def told(*facts: Fact) -> list[tuple[str, str]]:
    """The sources of each pair."""
    return [(pair.first.source, pair.other.source) for pair in pairs(*facts)]


def test_two_sources_that_tell_one_job_are_a_pair() -> None:
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
def test_what_is_no_second_telling_by_another_source_is_no_pair(
    other: Fact,
) -> None:
    assert pairs(placed("2023-03-02"), other) == []


def test_every_other_source_is_paired_with_the_first_telling() -> None:
    found = told(placed("2023-03-02"), placed("2023-03-03", SCHOOL), placed("2023-03-04", NGO))

    assert found == [(NES, SCHOOL), (NES, NGO)]


def test_a_retraction_by_one_source_ends_the_pair() -> None:
    twice = [placed("2023-03-02"), placed("2023-03-03", SCHOOL, factid="x")]
    gone = retracted("matching.placement.made", "x", source=SCHOOL)

    assert told(*twice) == [(NES, SCHOOL)]
    assert told(*twice, gone) == []


def test_a_pair_keeps_its_name_when_a_correction_changes_which_came_first() -> None:
    nes = placed("2023-03-02", factid="a")
    before = pairs(nes, placed("2023-03-05", SCHOOL, factid="x"))
    after = pairs(nes, placed("2023-03-01", SCHOOL, factid="x", revision=2))

    assert before[0].first.source != after[0].first.source
    assert (before[0].names, before[0].id) == (after[0].names, after[0].id)


def test_linked_codes_make_a_pair_with_the_codes_they_were_told_by() -> None:
    (pair,) = pairs(placed("2023-03-02", subject=P), placed("2023-03-03", SCHOOL, subject=Q))

    assert {telling.subject for telling in pair.names} == {P, Q}


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, (0, "zero")), (1, (None, "small")), (2, (None, "small")), (3, (3, "value"))],
)
def test_small_counts_have_no_number(count: int, shown: tuple[int | None, str]) -> None:
    assert shown_count(count) == shown
