"""An event that contradicts itself or its day of arrival is refused, with the field to mend."""

from datetime import date

import pytest

from schemas.validation.contradictions import is_surely_adult
from tests.unit.schemas.builders import TODAY, event, problem_of, refused, validated

RETURNEE = "registration.returnee.registered.v1"
ENROLLED = "registration.person.enrolled.v1"
JOBSEEKER = "matching.jobseeker.registered.v1"
OBSERVED = "reference.observation.loaded.v1"
REPORTED = "reference.partner.reported.v1"
ON = "2023-03-02"
TOMORROW = "2023-08-01"


@pytest.mark.parametrize(
    ("type_", "data", "field"),
    [
        (RETURNEE, {"birth_year": 2024}, "birth_year"),
        (ENROLLED, {"birth_year": 2100}, "birth_year"),
        (RETURNEE, {"left_on": "2023-03-03"}, "left_on"),
        (JOBSEEKER, {"unemployed_since": "2023-03-03"}, "unemployed_since"),
        (OBSERVED, {"vintage": TOMORROW}, "vintage"),
        (REPORTED, {"through": TOMORROW}, "through"),
        (RETURNEE, {"household": "unaccompanied_minor", "birth_year": 2004}, "household"),
    ],
)
def test_a_contradiction_is_refused_at_its_field(
    type_: str, data: dict[str, object], field: str
) -> None:
    assert refused(event(type_, {"on": ON, **data})) == ("E1016", f"$.data.{field}")


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        (RETURNEE, {"birth_year": 2023}),
        (RETURNEE, {"left_on": ON}),
        (JOBSEEKER, {"unemployed_since": ON}),
        (OBSERVED, {"vintage": TODAY.isoformat()}),
        (REPORTED, {"through": TODAY.isoformat()}),
        (RETURNEE, {"household": "unaccompanied_minor", "birth_year": 2005}),
    ],
)
def test_the_last_day_or_year_without_a_contradiction_is_accepted(
    type_: str, data: dict[str, object]
) -> None:
    assert validated(event(type_, {"on": ON, **data})).data is not None


@pytest.mark.parametrize(
    ("born", "on", "is_adult"),
    [
        ((2005, None), "2023-12-30", False),
        ((2005, None), "2023-12-31", True),
        ((2005, 3), "2023-03-30", False),
        ((2005, 3), "2023-03-31", True),
        ((2004, 2), "2022-02-28", False),
        ((2004, 2), "2022-03-01", True),
        ((2005, 2), "2023-02-28", True),
    ],
)
def test_the_unstated_birth_day_is_taken_as_the_last_possible_one(
    born: tuple[int, int | None], on: str, *, is_adult: bool
) -> None:
    assert is_surely_adult(*born, date.fromisoformat(on)) is is_adult


def test_the_text_names_the_days_that_contradict_each_other_and_a_right_one() -> None:
    problem = problem_of(event(RETURNEE, {"on": ON, "left_on": "2023-03-03"}))

    assert problem.detail == "2023-03-03 is after 2023-03-02, the day of the registration."
    assert problem.remedy == "Write 2023-03-02 or an earlier day."
