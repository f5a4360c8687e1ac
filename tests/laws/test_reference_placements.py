"""MI-13 and the programme indicators of the reference, each by cases worked out by hand."""

import pytest

from tests.laws.reading import amounts, buckets, counted, days, outcomes, towns
from tests.reference.plain import Event
from tests.reference.tell import (
    ANA,
    BOBAN,
    MEDIJANA,
    NIS,
    PROKUPLJE,
    retract,
    say,
)

MADE = "matching.placement.made"
PLACED = say(MADE, "2023-01-01")
ENROLLED = say("registration.person.enrolled", "2023-01-10")


def ended(on: str, **told: object) -> Event:
    return say("matching.placement.ended", on, **told)


def confirmed(on: str, **told: object) -> Event:
    return say("matching.employment.confirmed", on, **told)


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ([], {"due", "unconfirmed"}),
        ([ended("2023-06-30")], {"due"}),
        ([ended("2023-07-01")], {"due", "unconfirmed"}),
        ([confirmed("2023-05-30")], {"due", "unconfirmed"}),
        ([confirmed("2023-05-31")], {"due", "retained"}),
        ([confirmed("2023-09-28")], {"due", "retained"}),
        ([confirmed("2023-09-29")], {"due", "unconfirmed"}),
        ([confirmed("2023-06-30", evidence="self")], {"due", "unconfirmed"}),
        ([confirmed("2023-06-01"), ended("2023-06-30")], {"due"}),
        ([confirmed("2023-06-01", placement="f-9")], {"due", "unconfirmed"}),
        ([confirmed("2023-06-01", source="/partners/nes")], {"due", "unconfirmed"}),
        (
            [
                confirmed(
                    "2023-06-01", source="/partners/nes", placement_source="/services/matching"
                )
            ],
            {"due", "retained"},
        ),
    ],
)
def test_mi_13_on_the_180th_day(facts: list[Event], outcome: set[str]) -> None:
    found = outcomes([PLACED, *facts], "MI-13")

    assert set(found) == {"placed", "durable"} | outcome
    assert found["due"] == ["2023-06-30"]


def test_mi_13_a_placement_without_a_factid_is_meant_by_its_id() -> None:
    placed = {name: PLACED[name] for name in PLACED if name not in ("factid", "revision")}
    confirmation = confirmed("2023-06-30", placement=PLACED["id"])

    assert set(outcomes([placed, confirmation], "MI-13")) >= {"due", "retained"}


@pytest.mark.parametrize(
    ("kind", "is_durable"),
    [
        ("open_ended", True),
        ("fixed_6_plus", True),
        ("self_employment", True),
        ("fixed_short", False),
        ("seasonal", False),
        ("public_works", False),
        ("internship", False),
    ],
)
def test_mi_13_durable_kinds(kind: str, *, is_durable: bool) -> None:
    placed = say(MADE, "2023-01-01", kind=kind)

    assert bool(days([placed], "MI-13.durable")) == is_durable


@pytest.mark.parametrize(
    ("second", "town", "starts"),
    [
        ("2023-01-15", PROKUPLJE, ["2023-06-30"]),
        ("2023-01-16", PROKUPLJE, ["2023-06-30", "2023-07-15"]),
        ("2023-01-01", NIS, ["2023-06-30", "2023-06-30"]),
    ],
)
def test_mi_13_two_tellings_of_a_job(second: str, town: str, starts: list[str]) -> None:
    said = [PLACED, say(MADE, second, source="/partners/nes", municipality=town)]

    assert days(said, "MI-13.due") == starts
    assert len(counted(said, "MI-13.placed")) == 2


def test_mi_13_a_job_is_told_from_its_first_not_from_its_last_telling() -> None:
    said = [say(MADE, day, factid=day) for day in ("2023-01-01", "2023-01-15", "2023-01-16")]

    assert days(said, "MI-13.due") == ["2023-06-30", "2023-07-15"]


def test_mi_13_a_job_counts_in_one_council_however_its_town_is_written() -> None:
    said = [
        say(MADE, "2023-01-01", municipality=NIS, factid="1"),
        say(MADE, "2023-01-02", municipality=MEDIJANA, factid="2"),
    ]

    assert days(said, "MI-13.due") == ["2023-06-30"]


def test_mi_13_a_reference_to_any_telling_means_the_job() -> None:
    said = [
        PLACED,
        say(MADE, "2023-01-05", source="/partners/nes", factid="theirs"),
        ended("2023-03-01", source="/partners/nes", placement="theirs"),
    ]

    assert set(outcomes(said, "MI-13")) == {"placed", "durable", "due"}


def test_mi_13_without_the_first_telling_the_second_is_the_job() -> None:
    second = say(MADE, "2023-01-05", source="/partners/nes", kind="seasonal")
    said = [PLACED, second, retract(PLACED)]

    assert days(said, "MI-13.due") == ["2023-07-04"]
    assert buckets(said, "MI-13.due", "kind") == {"seasonal"}


def test_mi_13_a_merge_makes_two_tellings_one_job() -> None:
    said = [PLACED, say(MADE, "2023-01-05", BOBAN)]
    merged = say("registration.person.merged", "2023-02-01", ANA, **{"with": BOBAN})

    assert len(counted(said, "MI-13.due")) == 2
    assert len(counted([*said, merged], "MI-13.due")) == 1


def test_mi_13_the_dimensions_are_those_of_the_starting_day() -> None:
    said = [
        say("registration.person.enrolled", "2022-01-01", birth_year=2003, birth_month=2),
        PLACED,
    ]

    assert buckets(said, "MI-13.due", "age") == {"15-19"}


@pytest.mark.parametrize(
    ("fact", "count"),
    [
        (say("registration.service.delivered", "2023-02-01"), 1),
        (say("registration.needs.assessed", "2023-02-01"), 1),
        (say("registration.referral.made", "2023-02-01"), 1),
        (say("training.course.enrolled", "2023-02-01"), 1),
        (say("training.course.completed", "2023-02-01"), 1),
        (say("training.course.dropped", "2023-02-01"), 0),
        (say("training.practice.started", "2023-02-01"), 1),
        (say("training.practice.completed", "2023-02-01"), 0),
        (say("training.school.reenrolled", "2023-02-01"), 1),
        (say("matching.jobseeker.registered", "2023-02-01"), 0),
        (say("matching.jobseeker.registered", "2023-02-01", helped_by="o-nes"), 1),
        (say(MADE, "2023-02-01", channel="own_search"), 0),
        (say(MADE, "2023-02-01", channel="mediation"), 1),
        (say(MADE, "2023-02-01", channel="practice"), 1),
        (say(MADE, "2023-02-01", channel="programme"), 1),
        (say("matching.business.started", "2023-02-01", grant=True), 1),
        (say("matching.business.started", "2023-02-01", grant=False), 0),
        (say("registration.followup.recorded", "2023-02-01"), 0),
    ],
)
def test_pi_01_covers(fact: Event, count: int) -> None:
    assert days([ENROLLED, fact], "PI-01.persons") == ["2023-02-01"] * count
    assert amounts([ENROLLED, fact], "PI-14.first_service") == [("2023-02-01", 22)] * count


ELEMENTARY = {"kind": "elementary", "cycle": 3, "exam": True}


@pytest.mark.parametrize(
    ("measure", "fact", "count"),
    [
        ("PI-02.persons", say("training.course.enrolled", "2023-02-01", kind="digital"), 1),
        ("PI-02.persons", say("training.practice.started", "2023-02-01"), 1),
        (
            "PI-02.persons",
            say("registration.service.delivered", "2023-02-01", service="motivation_workshop"),
            1,
        ),
        (
            "PI-02.persons",
            say("registration.service.delivered", "2023-02-01", service="job_search_support"),
            1,
        ),
        ("PI-02.persons", say("registration.service.delivered", "2023-02-01"), 0),
        ("PI-03.persons", say("training.course.completed", "2023-02-01"), 1),
        ("PI-03.persons", say("training.course.completed", "2023-02-01", kind="digital"), 0),
        ("PI-04.persons", say("training.course.completed", "2023-02-01", **ELEMENTARY), 1),
        (
            "PI-04.persons",
            say("training.course.completed", "2023-02-01", **ELEMENTARY | {"cycle": 2}),
            0,
        ),
        (
            "PI-04.persons",
            say("training.course.completed", "2023-02-01", **ELEMENTARY | {"exam": False}),
            0,
        ),
        ("PI-05.persons", say("training.school.reenrolled", "2023-02-01"), 1),
        ("PI-06.persons", say("matching.business.started", "2023-02-01", grant=False), 1),
        ("PI-07.persons", say(MADE, "2023-02-01", channel="mediation"), 1),
        ("PI-07.persons", say(MADE, "2023-02-01", channel="programme"), 0),
        ("PI-08.persons", say("matching.jobseeker.registered", "2023-02-01"), 0),
        (
            "PI-08.persons",
            say("matching.jobseeker.registered", "2023-02-01", helped_by="o-nes"),
            1,
        ),
        ("PI-09.persons", say(MADE, "2023-02-01", kind="public_works"), 1),
        ("PI-09.persons", say(MADE, "2023-02-01"), 0),
        ("PI-10.persons", say(MADE, "2023-02-01", after=["training", "practice"]), 1),
        ("PI-10.persons", say(MADE, "2023-02-01", after=["training"]), 0),
    ],
)
def test_programme_indicators_count(measure: str, fact: Event, count: int) -> None:
    assert days([ENROLLED, fact], measure) == ["2023-02-01"] * count


def test_pi_03_has_the_trade() -> None:
    told = say("training.course.completed", "2023-02-01")
    untold = say("training.course.completed", "2023-02-01")
    untold["data"] = {key: value for key, value in told["data"].items() if key != "trade"}

    assert buckets([told], "PI-03.persons", "trade") == {"75"}
    assert buckets([untold], "PI-03.persons", "trade") == {"unknown"}


def test_pi_06_a_later_closing_does_not_undo_it() -> None:
    said = [
        say("matching.business.started", "2023-02-01"),
        say("matching.business.closed", "2023-03-01"),
    ]

    assert days(said, "PI-06.persons") == ["2023-02-01"]


GRANTED, WITHDRAWN = "registration.consent.granted", "registration.consent.withdrawn"


@pytest.mark.parametrize(
    ("consent", "count"),
    [
        ([], 0),
        ([say(GRANTED, "2024-01-01")], 1),
        ([say(GRANTED, "2024-01-01", purpose="research")], 0),
        ([say(GRANTED, "2024-01-01"), say(WITHDRAWN, "2024-01-01")], 0),
        ([say(GRANTED, "2024-01-02"), say(WITHDRAWN, "2024-01-01")], 1),
        ([say(GRANTED, "2022-01-02"), say(WITHDRAWN, "2024-01-01")], 0),
        ([say(GRANTED, "2022-01-02"), say(WITHDRAWN, "2024-01-01", purpose="referral")], 1),
    ],
)
def test_consent_decides_for_all_days(consent: list[Event], count: int) -> None:
    fact = say("training.course.enrolled", "2023-02-01")

    assert days([fact, *consent], "PI-02.consented") == ["2023-02-01"] * count
    assert days([fact, *consent], "PI-02.persons") == ["2023-02-01"]


def test_pi_14_from_the_first_block_to_the_first_fact_on_or_after_it() -> None:
    said = [
        say("registration.service.delivered", "2023-01-09", factid="1"),
        say("registration.service.delivered", "2023-01-10", factid="2", municipality=NIS),
        say("registration.service.delivered", "2023-01-20", factid="3"),
        say("registration.person.enrolled", "2023-01-15", factid="2"),
        ENROLLED,
        PLACED,
        say(MADE, "2023-03-01", factid="2"),
    ]

    assert amounts(said, "PI-14.first_service") == [("2023-01-10", 0)]
    assert towns(said, "PI-14.first_service") == [NIS]
    assert amounts(said, "PI-14.first_job") == [("2023-03-01", 50)]


def test_pi_14_without_a_block_there_is_no_duration() -> None:
    assert outcomes([PLACED], "PI-14") == {}
