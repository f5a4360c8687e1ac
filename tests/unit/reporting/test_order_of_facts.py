"""Facts of one subject are ordered by day, then by the rules of indicators.md section 1."""

from itertools import permutations

from schemas.events.matching import JobseekerDeregistered, JobseekerRegistered
from schemas.events.registration import (
    DepartureDeclared,
    PersonEnrolled,
    PersonMoved,
    ReturneeRegistered,
    ServiceDelivered,
)
from services.reporting.domain.history import Fact, History

from .builders import NES, SCHOOL, P, Q, make_fact

DAY = "2023-03-02"


def in_every_order(*facts: Fact) -> set[tuple[str, ...]]:
    """The event ids of the history, however the facts arrive."""
    return {
        tuple(fact.event_id for fact in History(arrival).facts) for arrival in permutations(facts)
    }


def test_on_a_day_deregistration_comes_first_then_blocks_then_moves_then_the_others() -> None:
    order = in_every_order(
        make_fact(JobseekerDeregistered, DAY, event_id="1"),
        make_fact(PersonEnrolled, DAY, event_id="2", source=NES),
        make_fact(ReturneeRegistered, DAY, event_id="3", source=SCHOOL),
        make_fact(PersonMoved, DAY, event_id="4"),
        make_fact(JobseekerRegistered, DAY, event_id="5"),
    )

    assert order == {("1", "2", "3", "4", "5")}


def test_an_earlier_day_comes_before_every_rank() -> None:
    order = in_every_order(
        make_fact(DepartureDeclared, "2023-03-01", event_id="1"),
        make_fact(JobseekerDeregistered, DAY, event_id="2"),
    )

    assert order == {("1", "2")}


def test_ties_go_by_source_then_type_then_factid_then_subject() -> None:
    order = in_every_order(
        make_fact(ServiceDelivered, DAY, source="/partners/a", factid="z", event_id="1"),
        make_fact(JobseekerRegistered, DAY, source="/partners/b", factid="z", event_id="2"),
        make_fact(ServiceDelivered, DAY, source="/partners/b", factid="Z", event_id="3"),
        make_fact(ServiceDelivered, DAY, source="/partners/b", factid="a", subject=P, event_id="4"),
        make_fact(ServiceDelivered, DAY, source="/partners/b", factid="a", subject=Q, event_id="5"),
    )

    assert order == {("1", "2", "3", "4", "5")}
