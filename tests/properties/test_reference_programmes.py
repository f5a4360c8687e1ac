"""The programme indicators of the reference, each by cases worked out by hand."""

import pytest

from tests.properties.reference_queries import amounts, buckets, days, outcomes, towns
from tests.reference.builders import (
    NIS,
    make_event,
)
from tests.reference.shapes import Event

MADE = "matching.placement.made"
PLACED = make_event(MADE, "2023-01-01")
ENROLLED = make_event("registration.person.enrolled", "2023-01-10")


@pytest.mark.parametrize(
    ("fact", "count"),
    [
        (make_event("registration.service.delivered", "2023-02-01"), 1),
        (make_event("registration.needs.assessed", "2023-02-01"), 1),
        (make_event("registration.referral.made", "2023-02-01"), 1),
        (make_event("training.course.enrolled", "2023-02-01"), 1),
        (make_event("training.course.completed", "2023-02-01"), 1),
        (make_event("training.course.dropped", "2023-02-01"), 0),
        (make_event("training.practice.started", "2023-02-01"), 1),
        (make_event("training.practice.completed", "2023-02-01"), 0),
        (make_event("training.school.reenrolled", "2023-02-01"), 1),
        (make_event("matching.jobseeker.registered", "2023-02-01"), 0),
        (make_event("matching.jobseeker.registered", "2023-02-01", helped_by="o-nes"), 1),
        (make_event(MADE, "2023-02-01", channel="own_search"), 0),
        (make_event(MADE, "2023-02-01", channel="mediation"), 1),
        (make_event(MADE, "2023-02-01", channel="practice"), 1),
        (make_event(MADE, "2023-02-01", channel="programme"), 1),
        (make_event("matching.business.started", "2023-02-01", grant=True), 1),
        (make_event("matching.business.started", "2023-02-01", grant=False), 0),
        (make_event("registration.followup.recorded", "2023-02-01"), 0),
    ],
)
def test_pi_01_covers(fact: Event, count: int) -> None:
    assert days([ENROLLED, fact], "PI-01.persons") == ["2023-02-01"] * count
    assert amounts([ENROLLED, fact], "PI-14.first_service") == [("2023-02-01", 22)] * count


ELEMENTARY = {"kind": "elementary", "cycle": 3, "exam": True}


@pytest.mark.parametrize(
    ("measure", "fact", "count"),
    [
        ("PI-02.persons", make_event("training.course.enrolled", "2023-02-01", kind="digital"), 1),
        ("PI-02.persons", make_event("training.practice.started", "2023-02-01"), 1),
        (
            "PI-02.persons",
            make_event(
                "registration.service.delivered", "2023-02-01", service="motivation_workshop"
            ),
            1,
        ),
        (
            "PI-02.persons",
            make_event(
                "registration.service.delivered", "2023-02-01", service="job_search_support"
            ),
            1,
        ),
        ("PI-02.persons", make_event("registration.service.delivered", "2023-02-01"), 0),
        ("PI-03.persons", make_event("training.course.completed", "2023-02-01"), 1),
        ("PI-03.persons", make_event("training.course.completed", "2023-02-01", kind="digital"), 0),
        ("PI-04.persons", make_event("training.course.completed", "2023-02-01", **ELEMENTARY), 1),
        (
            "PI-04.persons",
            make_event("training.course.completed", "2023-02-01", **ELEMENTARY | {"cycle": 2}),
            0,
        ),
        (
            "PI-04.persons",
            make_event("training.course.completed", "2023-02-01", **ELEMENTARY | {"exam": False}),
            0,
        ),
        ("PI-05.persons", make_event("training.school.reenrolled", "2023-02-01"), 1),
        ("PI-06.persons", make_event("matching.business.started", "2023-02-01", grant=False), 1),
        ("PI-07.persons", make_event(MADE, "2023-02-01", channel="mediation"), 1),
        ("PI-07.persons", make_event(MADE, "2023-02-01", channel="programme"), 0),
        ("PI-08.persons", make_event("matching.jobseeker.registered", "2023-02-01"), 0),
        (
            "PI-08.persons",
            make_event("matching.jobseeker.registered", "2023-02-01", helped_by="o-nes"),
            1,
        ),
        ("PI-09.persons", make_event(MADE, "2023-02-01", kind="public_works"), 1),
        ("PI-09.persons", make_event(MADE, "2023-02-01"), 0),
        ("PI-10.persons", make_event(MADE, "2023-02-01", after=["training", "practice"]), 1),
        ("PI-10.persons", make_event(MADE, "2023-02-01", after=["training"]), 0),
    ],
)
def test_programme_indicators_count(measure: str, fact: Event, count: int) -> None:
    assert days([ENROLLED, fact], measure) == ["2023-02-01"] * count


def test_pi_03_has_the_trade() -> None:
    with_trade = make_event("training.course.completed", "2023-02-01")
    without_trade = make_event("training.course.completed", "2023-02-01")
    without_trade["data"] = {
        key: value for key, value in with_trade["data"].items() if key != "trade"
    }

    assert buckets([with_trade], "PI-03.persons", "trade") == {"75"}
    assert buckets([without_trade], "PI-03.persons", "trade") == {"unknown"}


def test_pi_06_a_later_closing_does_not_undo_it() -> None:
    events = [
        make_event("matching.business.started", "2023-02-01"),
        make_event("matching.business.closed", "2023-03-01"),
    ]

    assert days(events, "PI-06.persons") == ["2023-02-01"]


GRANTED, WITHDRAWN = "registration.consent.granted", "registration.consent.withdrawn"


@pytest.mark.parametrize(
    ("consent", "count"),
    [
        ([], 0),
        ([make_event(GRANTED, "2024-01-01")], 1),
        ([make_event(GRANTED, "2024-01-01", purpose="research")], 0),
        ([make_event(GRANTED, "2024-01-01"), make_event(WITHDRAWN, "2024-01-01")], 0),
        ([make_event(GRANTED, "2024-01-02"), make_event(WITHDRAWN, "2024-01-01")], 1),
        ([make_event(GRANTED, "2022-01-02"), make_event(WITHDRAWN, "2024-01-01")], 0),
        (
            [
                make_event(GRANTED, "2022-01-02"),
                make_event(WITHDRAWN, "2024-01-01", purpose="referral"),
            ],
            1,
        ),
    ],
)
def test_consent_decides_for_all_days(consent: list[Event], count: int) -> None:
    fact = make_event("training.course.enrolled", "2023-02-01")

    assert days([fact, *consent], "PI-02.consented") == ["2023-02-01"] * count
    assert days([fact, *consent], "PI-02.persons") == ["2023-02-01"]


def test_pi_14_from_the_first_block_to_the_first_fact_on_or_after_it() -> None:
    events = [
        make_event("registration.service.delivered", "2023-01-09", factid="1"),
        make_event("registration.service.delivered", "2023-01-10", factid="2", municipality=NIS),
        make_event("registration.service.delivered", "2023-01-20", factid="3"),
        make_event("registration.person.enrolled", "2023-01-15", factid="2"),
        ENROLLED,
        PLACED,
        make_event(MADE, "2023-03-01", factid="2"),
    ]

    assert amounts(events, "PI-14.first_service") == [("2023-01-10", 0)]
    assert towns(events, "PI-14.first_service") == [NIS]
    assert amounts(events, "PI-14.first_job") == [("2023-03-01", 50)]


def test_pi_14_without_a_block_there_is_no_duration() -> None:
    assert outcomes([PLACED], "PI-14") == {}
