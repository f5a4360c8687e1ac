"""Of one fact its newest state counts, in any order of arrival (events.md section 1)."""

from schemas.events.matching import PlacementMade
from schemas.events.registration import PersonEnrolled
from services.reporting.domain.history import newest

from .builders import NES, NIS, PROKUPLJE, SCHOOL, Q, days, make_fact, make_retraction, places

MADE = make_fact(PlacementMade, "2023-03-02", factid="pl-1")
RETRACTED = make_retraction("matching.placement.made", "pl-1")


def test_the_greatest_revision_counts() -> None:
    later = make_fact(PlacementMade, "2023-05-05", factid="pl-1", revision=3)
    between = make_fact(PlacementMade, "2023-04-04", factid="pl-1", revision=2)

    assert newest([later, MADE, between, MADE]) == [later]


def test_a_retraction_wins_over_a_record_of_its_revision() -> None:
    same_revision = make_fact(PlacementMade, "2023-04-04", factid="pl-1", revision=2)

    assert newest([RETRACTED, same_revision]) == []
    assert newest([same_revision, RETRACTED]) == []


def test_a_retraction_may_arrive_before_its_fact() -> None:
    assert newest([RETRACTED, MADE]) == []


def test_a_retraction_without_its_fact_counts_nothing() -> None:
    assert newest([RETRACTED]) == []


def test_a_higher_revision_records_a_retracted_fact_again() -> None:
    again = make_fact(PlacementMade, "2023-04-04", factid="pl-1", revision=3)

    assert newest([again, RETRACTED, MADE]) == [again]


def test_at_one_revision_the_greater_version_counts_then_the_greater_id() -> None:
    v2 = MADE._replace(version=2, event_id="a")
    greater_id = MADE._replace(event_id="z")

    assert newest([v2, greater_id, MADE]) == [v2]
    assert newest([greater_id, MADE]) == [greater_id]


def test_ids_compare_by_code_point() -> None:
    upper, lower = MADE._replace(event_id="Z"), MADE._replace(event_id="a")

    assert newest([lower, upper]) == [lower]


def test_another_source_subject_or_type_is_another_fact() -> None:
    elsewhere = make_fact(PlacementMade, "2023-03-02", factid="pl-1", source=SCHOOL)
    of_another = make_fact(PlacementMade, "2023-03-02", factid="pl-1", subject=Q)
    of_another_type = make_fact(PersonEnrolled, "2023-03-02", factid="pl-1")

    assert len(newest([MADE, elsewhere, of_another, of_another_type])) == 4


def test_a_retraction_removes_only_the_fact_of_its_own_source_and_type() -> None:
    foreign = make_retraction("matching.placement.made", "pl-1", source=SCHOOL)
    other_type = make_retraction("matching.placement.ended", "pl-1", source=NES)

    assert newest([MADE, foreign, other_type]) == [MADE]


def test_a_correction_replaces_and_does_not_add() -> None:
    corrected = make_fact(PlacementMade, "2023-04-03", factid="pl-1", revision=2, municipality=NIS)

    assert places([MADE, corrected], "MI-13.placed") == [NIS]
    assert places([MADE], "MI-13.placed") == [PROKUPLJE]


def test_two_facts_of_one_day_are_two_entries() -> None:
    recorded_twice = [MADE, make_fact(PlacementMade, "2023-03-02", factid="pl-2")]

    assert days(recorded_twice, "MI-13.placed") == ["2023-03-02", "2023-03-02"]
