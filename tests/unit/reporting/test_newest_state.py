"""Of one fact its newest state counts, whatever came first (events.md section 1)."""

from schemas.matching import PlacementMade
from schemas.registration import PersonEnrolled
from services.reporting.counting.history import newest

from .telling import NES, NIS, PROKUPLJE, SCHOOL, Q, days, places, retracted, said

MADE = said(PlacementMade, "2023-03-02", factid="pl-1")
TAKEN_BACK = retracted("matching.placement.made", "pl-1")


def test_the_greatest_revision_counts() -> None:
    later = said(PlacementMade, "2023-05-05", factid="pl-1", revision=3)
    between = said(PlacementMade, "2023-04-04", factid="pl-1", revision=2)

    assert newest([later, MADE, between, MADE]) == [later]


def test_a_retraction_beats_a_statement_of_its_revision() -> None:
    same_revision = said(PlacementMade, "2023-04-04", factid="pl-1", revision=2)

    assert newest([TAKEN_BACK, same_revision]) == []
    assert newest([same_revision, TAKEN_BACK]) == []


def test_a_retraction_may_come_before_its_fact() -> None:
    assert newest([TAKEN_BACK, MADE]) == []


def test_a_retraction_without_its_fact_is_nothing() -> None:
    assert newest([TAKEN_BACK]) == []


def test_a_higher_revision_states_a_retracted_fact_again() -> None:
    again = said(PlacementMade, "2023-04-04", factid="pl-1", revision=3)

    assert newest([again, TAKEN_BACK, MADE]) == [again]


def test_at_one_revision_the_greater_version_counts_then_the_greater_id() -> None:
    v2 = MADE._replace(version=2, event_id="a")
    greater_id = MADE._replace(event_id="z")

    assert newest([v2, greater_id, MADE]) == [v2]
    assert newest([greater_id, MADE]) == [greater_id]


def test_ids_compare_by_code_point() -> None:
    upper, lower = MADE._replace(event_id="Z"), MADE._replace(event_id="a")

    assert newest([lower, upper]) == [lower]


def test_another_source_subject_or_type_is_another_fact() -> None:
    elsewhere = said(PlacementMade, "2023-03-02", factid="pl-1", source=SCHOOL)
    of_another = said(PlacementMade, "2023-03-02", factid="pl-1", subject=Q)
    of_another_type = said(PersonEnrolled, "2023-03-02", factid="pl-1")

    assert len(newest([MADE, elsewhere, of_another, of_another_type])) == 4


def test_a_retraction_takes_back_only_the_fact_of_its_own_source_and_type() -> None:
    foreign = retracted("matching.placement.made", "pl-1", source=SCHOOL)
    other_type = retracted("matching.placement.ended", "pl-1", source=NES)

    assert newest([MADE, foreign, other_type]) == [MADE]


def test_a_correction_replaces_and_does_not_add() -> None:
    corrected = said(PlacementMade, "2023-04-03", factid="pl-1", revision=2, municipality=NIS)

    assert places([MADE, corrected], "MI-13.placed") == [NIS]
    assert places([MADE], "MI-13.placed") == [PROKUPLJE]


def test_two_facts_of_one_day_are_two_entries() -> None:
    told_twice = [MADE, said(PlacementMade, "2023-03-02", factid="pl-2")]

    assert days(told_twice, "MI-13.placed") == ["2023-03-02", "2023-03-02"]
