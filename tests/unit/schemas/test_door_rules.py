"""The door: rules between data, envelope, calendar and catalogue."""

from datetime import date

import pytest

from schemas import door
from schemas.declarations import Declarations, Declared
from schemas.problem import Refusal
from schemas.text import Text
from tests.unit.schemas.saying import ABSENT, PERSON, VACANCY, body, checked, event, refused

MERGED = "registration.person.merged.v1"
ERASED = "registration.person.erased.v1"
RETRACTED = "matching.fact.retracted.v1"
OBSERVED = "reference.observation.loaded.v1"
REPORTED = "reference.partner.reported.v1"


@pytest.mark.parametrize("on", ["2000-01-01", "2023-10-31"])
def test_the_window_of_on_holds_its_edges(on: str) -> None:
    assert checked(event(data={"on": on})).data is not None


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


def test_an_undeclared_organisation_does_not_report() -> None:
    assert refused(event(REPORTED, subject="o-nobody")) == ("E1008", "$.subject")


def test_reporting_speaks_of_listed_municipalities() -> None:
    assert refused(event("reporting.period.closed.v1", subject="m-70999")) == ("E1003", "$.subject")


def test_an_organisation_with_a_random_code_needs_no_declaration() -> None:
    said = event(data={"employer": "o-0123456789abcdefghjkmnpqrs"})

    assert checked(said).data is not None


def test_what_an_installation_declares_is_accepted() -> None:
    title = Declared(Text("Програм", "Programme"))
    declared = Declarations(programmes={"OWN-1": title})

    said = door.check(
        body(data={"programmes": ["OWN-1"]}),
        today=date(2023, 7, 31),
        declared=declared,
        partner=True,
    )

    assert said.data is not None


@pytest.mark.parametrize("code", ["80284", "71331"])
def test_a_figure_is_said_of_a_councils_own_code(code: str) -> None:
    assert refused(event(OBSERVED, {"municipality": code})) == ("E1009", "$.data.municipality")


def test_a_figure_without_municipality_is_the_countrys() -> None:
    assert checked(event(OBSERVED, {"municipality": ABSENT})).data is not None


@pytest.mark.parametrize("type_", [MERGED, ERASED])
def test_only_registration_says_who_is_whom(type_: str) -> None:
    assert refused(event(type_, source="/partners/nes")) == ("E1115", "$.source")


def test_only_registration_takes_a_merge_back() -> None:
    said = event("registration.fact.retracted.v1", {"type": "registration.person.merged"})

    assert refused(said) == ("E1115", "$.source")


def test_a_code_is_not_merged_with_itself() -> None:
    assert refused(event(MERGED, {"with": PERSON})) == ("E1016", "$.data.with")


def test_a_retraction_has_the_identity_of_its_fact() -> None:
    assert checked(event(RETRACTED)).identity == checked(event()).identity


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


def test_a_retracted_type_is_said_without_version() -> None:
    said = event(RETRACTED, {"type": "matching.placement.made.v1"})

    assert refused(said) == ("E1012", "$.data.type")


def test_a_fact_of_a_vacancy_is_retracted_on_the_vacancy() -> None:
    opened = {"type": "matching.vacancy.opened"}

    assert checked(event(RETRACTED, opened, subject=VACANCY)).is_retraction
    assert refused(event(RETRACTED, opened)) == ("E1114", "$.subject")


def test_a_target_is_retracted_on_the_target() -> None:
    said = event("reference.fact.retracted.v1", {"type": "reference.target.set"}, subject="t-MI-13")

    assert checked(said).stated_type == "reference.target.set"


def test_the_first_problem_is_told_in_the_order_of_the_checks() -> None:
    """Envelope before schema, schema before codes."""
    wrong = {"municipality": "1", "programmes": ["X1"]}

    assert refused(event(data=wrong, id="a b"))[0] == "E1112"
    assert refused(event(data=wrong))[0] == "E1003"
    with pytest.raises(Refusal, match="E1006"):
        checked(event(data={**wrong, "municipality": "70998"}))
