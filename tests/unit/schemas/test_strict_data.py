"""Strict validation of the data."""

import pytest

from schemas.catalogue import EVENTS
from tests.unit.schemas.builders import ABSENT, VACANCY, event, problem_of, refused, validated

COMPLETED = "training.course.completed.v1"
REGISTERED = "registration.returnee.registered.v1"
OBSERVED = "reference.observation.loaded.v1"
ENDED = "matching.placement.ended.v1"
FOLLOWED = "registration.followup.recorded.v1"
ELEMENTARY = {"kind": "elementary", "trade": ABSENT, "cycle": 3, "exam": True}


@pytest.mark.parametrize(
    ("type_", "data", "code", "path"),
    [
        ("matching.placement.made.v1", {"kind": "public_work"}, "E1001", "kind"),
        ("matching.placement.made.v1", {"kind": 1}, "E1001", "kind"),
        ("matching.placement.made.v1", {"kind": ["seasonal"]}, "E1001", "kind"),
        ("matching.placement.made.v1", {"sector": "V"}, "E1001", "sector"),
        ("matching.placement.made.v1", {"after": ["luck"]}, "E1001", "after[0]"),
        ("matching.placement.made.v1", {"municipality": "70999"}, "E1003", "municipality"),
        ("matching.placement.made.v1", {"municipality": 70998}, "E1003", "municipality"),
        ("matching.placement.made.v1", {"municipality": "70998 "}, "E1003", "municipality"),
        ("registration.person.moved.v1", {"residence": "²²²²²"}, "E1003", "residence"),
        ("matching.placement.made.v1", {"occupation": "96"}, "E1004", "occupation"),
        ("matching.placement.made.v1", {"occupation": "9614"}, "E1004", "occupation"),
        ("training.course.enrolled.v1", {"trade": "75"}, "E1004", "trade"),
        (REGISTERED, {"country": "UK"}, "E1005", "country"),
        (REGISTERED, {"country": "de"}, "E1005", "country"),
        ("matching.placement.made.v1", {"colour": "red"}, "E1010", "colour"),
        ("registration.person.merged.v1", {"with_": "x"}, "E1010", "with_"),
        ("registration.person.erased.v1", {"municipality": "70998"}, "E1010", "municipality"),
        ("matching.placement.made.v1", {"sector": ABSENT}, "E1011", "sector"),
        ("matching.placement.made.v1", {"after": ABSENT}, "E1011", "after"),
        ("matching.placement.made.v1", {"on": "2023-02-29"}, "E1012", "on"),
        ("matching.placement.made.v1", {"on": "2023-3-2"}, "E1012", "on"),
        ("matching.placement.made.v1", {"on": "20230302"}, "E1012", "on"),
        ("matching.placement.made.v1", {"on": "2023-03-02T00:00:00"}, "E1012", "on"),
        ("matching.placement.made.v1", {"on": 1677715200}, "E1012", "on"),
        ("matching.placement.made.v1", {"vacancy": "v-1"}, "E1012", "vacancy"),
        ("matching.placement.made.v1", {"employer": "o-N"}, "E1012", "employer"),
        ("matching.placement.made.v1", {"programmes": "M4SD"}, "E1012", "programmes"),
        ("matching.placement.made.v1", {"programmes": ["-"]}, "E1012", "programmes[0]"),
        ("matching.placement.made.v1", {"expected_months": "6"}, "E1012", "expected_months"),
        ("matching.placement.made.v1", {"expected_months": 6.5}, "E1012", "expected_months"),
        ("matching.business.started.v1", {"grant": "true"}, "E1012", "grant"),
        ("matching.business.started.v1", {"grant": 1}, "E1012", "grant"),
        (OBSERVED, {"value": 646}, "E1012", "value"),
        (OBSERVED, {"value": "6,5"}, "E1012", "value"),
        (OBSERVED, {"value": "1.23456"}, "E1012", "value"),
        (OBSERVED, {"value": "1234567890123"}, "E1012", "value"),
        (OBSERVED, {"value": "٣"}, "E1012", "value"),
        (ENDED, {"placement": "a b"}, "E1012", "placement"),
        (ENDED, {"placement_source": "nes"}, "E1012", "placement_source"),
        ("registration.person.moved.v1", {"residence": ABSENT}, "E1011", "residence"),
        ("matching.placement.made.v1", {"expected_months": 601}, "E1013", "expected_months"),
        ("matching.placement.made.v1", {"expected_months": -1}, "E1013", "expected_months"),
        (REGISTERED, {"birth_year": 1899}, "E1013", "birth_year"),
        (REGISTERED, {"birth_month": 13}, "E1013", "birth_month"),
        (COMPLETED, {"hours": 5001}, "E1013", "hours"),
        ("matching.vacancy.opened.v1", {"positions": 0}, "E1013", "positions"),
        ("training.school.reenrolled.v1", {"grade": 13}, "E1013", "grade"),
        ("matching.match.proposed.v1", {"rank": 101}, "E1013", "rank"),
        (FOLLOWED, {"month": 7}, "E1001", "month"),
        (FOLLOWED, {"month": "6"}, "E1001", "month"),
        ("matching.placement.made.v1", {"after": ["training"] * 2}, "E1014", "after"),
        ("matching.placement.made.v1", {"programmes": ["M4SD"] * 2}, "E1014", "programmes"),
        ("matching.placement.made.v1", {"employer": None}, "E1015", "employer"),
        ("matching.placement.made.v1", {"on": None}, "E1015", "on"),
        ("matching.placement.made.v1", {"after": [None]}, "E1015", "after"),
        (OBSERVED, {"period": "2023-13"}, "E1018", "period"),
        (OBSERVED, {"period": "to-2023-06"}, "E1018", "period"),
        (OBSERVED, {"period": "2023-Q5"}, "E1018", "period"),
        ("reporting.period.closed.v1", {"digest": "9f86"}, "E1012", "digest"),
        ("reporting.period.closed.v1", {"version": 0}, "E1013", "version"),
    ],
)
def test_invalid_data_are_refused_with_their_path(
    type_: str, data: dict[str, object], code: str, path: str
) -> None:
    assert refused(event(type_, data)) == (code, f"$.data.{path}")


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.TYPE)
def test_every_type_refuses_a_field_that_it_does_not_have(kind: type[object]) -> None:
    type_ = kind.TYPE  # type: ignore[attr-defined]  # parametrize knows no class variables

    assert refused(event(type_, {"ime": "x"})) == ("E1010", "$.data.ime")


def test_lists_may_be_empty() -> None:
    envelope = validated(event("registration.needs.assessed.v1", {"needs": []}))

    assert envelope.data is not None


def test_a_to_period_is_valid_for_a_closing_but_not_for_an_observation() -> None:
    assert validated(event("reporting.period.closed.v1", {"period": "to-2023-06"})).revision == 1


def test_a_registered_returnee_has_a_returnee_group() -> None:
    assert refused(event(REGISTERED, {"groups": ["local"]})) == ("E1016", "$.data.groups")


def test_a_person_without_groups_may_be_enrolled() -> None:
    assert validated(event("registration.person.enrolled.v1", {"groups": []})).data is not None


@pytest.mark.parametrize("missing", ["cycle", "exam"])
def test_an_elementary_course_has_cycle_and_exam(missing: str) -> None:
    message = event(COMPLETED, {**ELEMENTARY, missing: ABSENT})

    assert refused(message) == ("E1016", f"$.data.{missing}")


@pytest.mark.parametrize("field", [{"cycle": 1}, {"exam": False}])
def test_any_other_course_has_neither(field: dict[str, object]) -> None:
    assert problem_of(event(COMPLETED, field)).code == "E1016"


def test_a_complete_elementary_course_is_accepted() -> None:
    assert validated(event(COMPLETED, ELEMENTARY)).data is not None


def test_an_elementary_cycle_is_one_to_three() -> None:
    assert refused(event(COMPLETED, {**ELEMENTARY, "cycle": 4})) == ("E1013", "$.data.cycle")


@pytest.mark.parametrize("code", ["70998", "80284", "80519", "89010", "90298"])
def test_any_listed_municipality_is_accepted(code: str) -> None:
    assert validated(event(data={"municipality": code})).data is not None


def test_a_placement_may_name_a_vacancy() -> None:
    assert validated(event(data={"vacancy": VACANCY})).data is not None


@pytest.mark.parametrize(
    ("type_", "field", "number", "code", "text"),
    [
        ("matching.placement.made.v1", "municipality", 70998, "E1003", "70998"),
        ("matching.placement.made.v1", "occupation", 9613, "E1004", "9613"),
        ("matching.placement.made.v1", "occupation", 110, "E1004", "0110"),
        (REGISTERED, "qualification", 4, "E1001", "4"),
        (OBSERVED, "value", 12.5, "E1012", "12.5"),
        (OBSERVED, "value", 12, "E1012", "12"),
    ],
)
def test_a_number_where_a_text_is_meant_is_to_be_written_in_quotes(
    type_: str, field: str, number: float, code: str, text: str
) -> None:
    problem = problem_of(event(type_, {field: number}))

    assert (problem.code, problem.path) == (code, f"$.data.{field}")
    assert problem.remedy == f'Write it in quotes: "{text}".'
