"""PI-01 to PI-10 and PI-14: the reports' own figures."""

import pytest

from schemas.events.event import Event
from schemas.events.matching import (
    BusinessClosed,
    BusinessStarted,
    JobseekerRegistered,
    PlacementMade,
)
from schemas.events.registration import (
    FollowupRecorded,
    NeedsAssessed,
    PersonEnrolled,
    ReferralMade,
    ReturneeRegistered,
    ServiceDelivered,
)
from schemas.events.training import (
    CourseCompleted,
    CourseDropped,
    CourseEnrolled,
    PracticeCompleted,
    PracticeStarted,
    QualificationRecognised,
    SchoolReenrolled,
)
from services.reporting.domain.history import Fact

from .builders import NIS, buckets, days, entries, make_fact

DAY = "2023-03-02"


def counted(measure: str, event: type[Event], /, **fields: object) -> bool:
    return days([make_fact(event, DAY, **fields)], measure) == [DAY]


@pytest.mark.parametrize(
    "kind",
    [
        ServiceDelivered,
        NeedsAssessed,
        ReferralMade,
        CourseEnrolled,
        CourseCompleted,
        PracticeStarted,
        SchoolReenrolled,
    ],
)
def test_these_facts_always_cover_a_person(kind: type[Event]) -> None:
    assert counted("PI-01.persons", kind)


@pytest.mark.parametrize(
    "kind",
    [
        ReturneeRegistered,
        PersonEnrolled,
        FollowupRecorded,
        CourseDropped,
        PracticeCompleted,
        QualificationRecognised,
        BusinessClosed,
    ],
)
def test_these_facts_never_cover_a_person(kind: type[Event]) -> None:
    assert not counted("PI-01.persons", kind)


@pytest.mark.parametrize(
    ("channel", "covers"),
    [("mediation", True), ("practice", True), ("programme", True), ("own_search", False)],
)
def test_a_placement_covers_unless_the_person_found_it_alone(channel: str, *, covers: bool) -> None:
    assert counted("PI-01.persons", PlacementMade, channel=channel) is covers


def test_a_registration_covers_only_with_help_and_a_business_only_with_a_grant() -> None:
    assert counted("PI-01.persons", JobseekerRegistered, helped_by="o-nes")
    assert not counted("PI-01.persons", JobseekerRegistered)
    assert counted("PI-01.persons", BusinessStarted, grant=True)
    assert not counted("PI-01.persons", BusinessStarted, grant=False)


def test_took_part_is_a_course_a_practice_or_job_search_support() -> None:
    assert counted("PI-02.persons", CourseEnrolled)
    assert counted("PI-02.persons", PracticeStarted)
    assert counted("PI-02.persons", ServiceDelivered, service="job_search_support")
    assert counted("PI-02.persons", ServiceDelivered, service="motivation_workshop")
    assert not counted("PI-02.persons", ServiceDelivered, service="mentoring")
    assert not counted("PI-02.persons", CourseCompleted)


def test_completed_vocational_training_is_split_by_the_trades_first_two_digits() -> None:
    unknown = make_fact(CourseCompleted, DAY, trade=None)

    assert counted("PI-03.persons", CourseCompleted)
    assert not counted("PI-03.persons", CourseCompleted, kind="digital")
    assert buckets([make_fact(CourseCompleted, DAY)], "PI-03.persons", "trade") == {"75"}
    assert buckets([unknown], "PI-03.persons", "trade") == {"unknown"}


@pytest.mark.parametrize(
    ("cycle", "exam", "counts"), [(3, True, True), (3, False, False), (2, True, False)]
)
def test_elementary_education_ends_with_the_third_cycles_exam(
    cycle: int, *, exam: bool, counts: bool
) -> None:
    fields = {"kind": "elementary", "cycle": cycle, "exam": exam}

    assert counted("PI-04.persons", CourseCompleted, **fields) is counts
    assert not counted("PI-03.persons", CourseCompleted, **fields)


def test_back_in_school_own_business_and_public_works() -> None:
    closed = make_fact(BusinessClosed, "2023-04-01")

    assert counted("PI-05.persons", SchoolReenrolled)
    assert days([make_fact(BusinessStarted, DAY, grant=False), closed], "PI-06.persons") == [DAY]
    assert counted("PI-09.persons", PlacementMade, kind="public_works")
    assert not counted("PI-09.persons", PlacementMade, kind="seasonal")


def test_mediation_and_help_are_counted_by_the_field_of_the_fact() -> None:
    helped = make_fact(JobseekerRegistered, DAY, helped_by="o-roma-association")

    assert counted("PI-07.persons", PlacementMade, channel="mediation")
    assert not counted("PI-07.persons", PlacementMade, channel="practice")
    assert buckets([helped], "PI-08.persons", "helped_by") == {"o-roma-association"}
    assert not counted("PI-08.persons", JobseekerRegistered)


@pytest.mark.parametrize(
    ("after", "counts"),
    [((), False), (("training",), False), (("practice",), True), (("training", "practice"), True)],
)
def test_employed_after_practice_may_be_after_training_too(
    after: tuple[str, ...], *, counts: bool
) -> None:
    assert counted("PI-10.persons", PlacementMade, after=after) is counts


def durations(measure: str, *facts: Fact) -> list[tuple[str, str, int]]:
    found = entries(facts, f"PI-14.{measure}")
    return [(entry.on.isoformat(), entry.municipality, int(entry.amount)) for entry in found]


def test_days_run_from_the_first_block_to_the_first_service_at_its_place() -> None:
    facts = [
        make_fact(ServiceDelivered, "2022-12-31"),
        make_fact(PersonEnrolled, "2023-01-01"),
        make_fact(PersonEnrolled, "2023-01-20"),
        make_fact(ReferralMade, "2023-02-01"),
        make_fact(NeedsAssessed, "2023-01-11", municipality=NIS),
        make_fact(PlacementMade, "2023-03-01", channel="own_search", municipality=NIS),
    ]

    assert durations("first_service", *facts) == [("2023-01-11", NIS, 10)]
    assert durations("first_job", *facts) == [("2023-03-01", NIS, 59)]


def test_a_service_on_the_day_of_the_block_took_no_day() -> None:
    facts = [make_fact(PersonEnrolled, DAY), make_fact(ServiceDelivered, DAY)]

    assert [amount for *_, amount in durations("first_service", *facts)] == [0]


def test_of_two_services_on_one_day_the_first_in_order_gives_the_place() -> None:
    facts = [
        make_fact(PersonEnrolled, "2023-01-01"),
        make_fact(ServiceDelivered, DAY, source="/partners/b", municipality=NIS),
        make_fact(CourseEnrolled, DAY, source="/partners/a"),
    ]

    assert [place for _, place, _ in durations("first_service", *facts)] != [NIS]


def test_without_a_block_nothing_is_measured() -> None:
    assert durations("first_service", make_fact(ServiceDelivered, DAY)) == []
    assert durations("first_job", make_fact(PlacementMade, DAY)) == []
