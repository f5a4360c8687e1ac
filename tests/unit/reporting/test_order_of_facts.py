"""Facts of one subject are ordered by day, then as indicators.md section 1 says."""

from itertools import permutations

from schemas.matching import JobseekerDeregistered, JobseekerRegistered
from schemas.registration import (
    DepartureDeclared,
    PersonEnrolled,
    PersonMoved,
    ReturneeRegistered,
    ServiceDelivered,
)
from services.reporting.counting.history import Fact, History

from .telling import NES, SCHOOL, P, Q, said

DAY = "2023-03-02"


def in_every_order(*facts: Fact) -> set[tuple[str, ...]]:
    """The event ids of the history, however the facts arrive."""
    return {
        tuple(fact.event_id for fact in History(arrival).facts) for arrival in permutations(facts)
    }


def test_on_a_day_deregistration_comes_first_then_blocks_then_moves_then_the_others() -> None:
    order = in_every_order(
        said(JobseekerDeregistered, DAY, event_id="1"),
        said(PersonEnrolled, DAY, event_id="2", source=NES),
        said(ReturneeRegistered, DAY, event_id="3", source=SCHOOL),
        said(PersonMoved, DAY, event_id="4"),
        said(JobseekerRegistered, DAY, event_id="5"),
    )

    assert order == {("1", "2", "3", "4", "5")}


def test_an_earlier_day_comes_before_every_rank() -> None:
    order = in_every_order(
        said(DepartureDeclared, "2023-03-01", event_id="1"),
        said(JobseekerDeregistered, DAY, event_id="2"),
    )

    assert order == {("1", "2")}


def test_ties_go_by_source_then_type_then_factid_then_subject() -> None:
    order = in_every_order(
        said(ServiceDelivered, DAY, source="/partners/a", factid="z", event_id="1"),
        said(JobseekerRegistered, DAY, source="/partners/b", factid="z", event_id="2"),
        said(ServiceDelivered, DAY, source="/partners/b", factid="Z", event_id="3"),
        said(ServiceDelivered, DAY, source="/partners/b", factid="a", subject=P, event_id="4"),
        said(ServiceDelivered, DAY, source="/partners/b", factid="a", subject=Q, event_id="5"),
    )

    assert order == {("1", "2", "3", "4", "5")}
