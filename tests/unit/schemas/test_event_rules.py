"""Rules between data, envelope, calendar and declared codes."""

from datetime import date

import pytest

from schemas.bilingual_text import BilingualText
from schemas.declared_codes import DeclaredCode, DeclaredCodes
from schemas.validation import strict
from schemas.validation.problems import Refusal
from tests.unit.schemas.builders import ABSENT, PERSON, VACANCY, body, event, refused, validated

MERGED = "registration.person.merged.v1"
ERASED = "registration.person.erased.v1"
RETRACTED = "matching.fact.retracted.v1"
OBSERVED = "reference.observation.loaded.v1"
REPORTED = "reference.partner.reported.v1"


@pytest.mark.parametrize("on", ["2000-01-01", "2023-10-31"])
def test_the_first_and_last_day_of_the_window_are_accepted(on: str) -> None:
    assert validated(event(data={"on": on})).data is not None


@pytest.mark.parametrize("on", ["1999-12-31", "2023-11-01", "0001-01-01", "9999-12-31"])
def test_on_outside_the_window_is_refused(on: str) -> None:
    assert refused(event(data={"on": on})) == ("E1002", "$.data.on")


@pytest.mark.parametrize(
    ("type_", "data", "code", "path"),
    [
        ("matching.placement.made.v1", {"programmes": ["M4SD", "X1"]}, "E1006", "programmes[1]"),
        ("matching.placement.made.v1", {"employer": "o-nobody"}, "E1008", "employer"),
        ("registration.referral.made.v1", {"to": "o-nobody"}, "E1008", "to"),
        ("matching.jobseeker.registered.v1", {"helped_by": "o-nobody"}, "E1008", "helped_by"),
        ("matching.vacancy.opened.v1", {"employer": "o-nobody"}, "E1008", "employer"),
    ],
)
def test_an_undeclared_code_is_refused(
    type_: str, data: dict[str, object], code: str, path: str
) -> None:
    assert refused(event(type_, data)) == (code, f"$.data.{path}")


def test_an_undeclared_series_is_refused() -> None:
    assert refused(event(OBSERVED, subject="s-surveyed")) == ("E1007", "$.subject")


def test_an_undeclared_organisation_cannot_report() -> None:
    assert refused(event(REPORTED, subject="o-nobody")) == ("E1008", "$.subject")


def test_the_subject_of_a_closed_period_is_a_listed_municipality() -> None:
    assert refused(event("reporting.period.closed.v1", subject="m-70999")) == ("E1003", "$.subject")


def test_an_organisation_with_a_random_code_needs_no_declaration() -> None:
    message = event(data={"employer": "o-0123456789abcdefghjkmnpqrs"})

    assert validated(message).data is not None


def test_a_code_that_the_installation_declares_is_accepted() -> None:
    title = DeclaredCode(BilingualText("Програм", "Programme"))
    declared = DeclaredCodes(programmes={"OWN-1": title})

    envelope = strict.validate_event(
        body(data={"programmes": ["OWN-1"]}),
        today=date(2023, 7, 31),
        declared=declared,
        partner=True,
    )

    assert envelope.data is not None


@pytest.mark.parametrize("code", ["80284", "71331"])
def test_an_observation_requires_a_councils_own_code(code: str) -> None:
    assert refused(event(OBSERVED, {"municipality": code})) == ("E1009", "$.data.municipality")


def test_an_observation_without_municipality_is_accepted() -> None:
    assert validated(event(OBSERVED, {"municipality": ABSENT})).data is not None


@pytest.mark.parametrize("type_", [MERGED, ERASED])
def test_only_registration_may_merge_or_erase(type_: str) -> None:
    assert refused(event(type_, source="/partners/nes")) == ("E1115", "$.source")


def test_only_registration_may_retract_a_merge() -> None:
    message = event("registration.fact.retracted.v1", {"type": "registration.person.merged"})

    assert refused(message) == ("E1115", "$.source")


def test_a_code_is_not_merged_with_itself() -> None:
    assert refused(event(MERGED, {"with": PERSON})) == ("E1016", "$.data.with")


def test_a_retraction_has_the_identity_of_its_fact() -> None:
    assert validated(event(RETRACTED)).identity == validated(event()).identity


def test_a_retraction_names_its_fact() -> None:
    assert refused(event(RETRACTED, factid=ABSENT)) == ("E1118", "$.factid")


@pytest.mark.parametrize("revision", [1, ABSENT])
def test_a_retraction_is_a_later_revision(revision: object) -> None:
    assert refused(event(RETRACTED, revision=revision)) == ("E1118", "$.revision")


@pytest.mark.parametrize(
    "stated",
    [
        "training.course.completed",
        "matching.placement.mad",
        "matching.fact.retracted",
    ],
)
def test_a_retraction_names_a_type_of_its_own_domain(stated: str) -> None:
    assert refused(event(RETRACTED, {"type": stated})) == ("E1119", "$.data.type")


def test_a_retracted_type_has_no_version() -> None:
    message = event(RETRACTED, {"type": "matching.placement.made.v1"})

    assert refused(message) == ("E1012", "$.data.type")


def test_the_subject_of_a_vacancys_retraction_is_the_vacancy() -> None:
    opened = {"type": "matching.vacancy.opened"}

    assert validated(event(RETRACTED, opened, subject=VACANCY)).is_retraction
    assert refused(event(RETRACTED, opened)) == ("E1114", "$.subject")


def test_the_subject_of_a_targets_retraction_is_the_target() -> None:
    message = event(
        "reference.fact.retracted.v1", {"type": "reference.target.set"}, subject="t-MI-13"
    )

    assert validated(message).stated_type == "reference.target.set"


def test_the_first_problem_is_reported_in_the_order_of_the_checks() -> None:
    """Envelope before schema, schema before codes."""
    wrong = {"municipality": "1", "programmes": ["X1"]}

    assert refused(event(data=wrong, id="a b"))[0] == "E1112"
    assert refused(event(data=wrong))[0] == "E1003"
    with pytest.raises(Refusal, match="E1006"):
        validated(event(data={**wrong, "municipality": "70998"}))
