"""Every fault of an event is reported at once, the most important first."""

import json

import pytest

from schemas.validation.problems import Refusal, joined
from tests.unit.schemas.builders import ABSENT, JMBG, Json, event, validated

RETURNEE = "registration.returnee.registered.v1"


def faults(message: Json, *, partner: bool = False) -> list[tuple[str, str]]:
    """Code and path of each problem, in order."""
    with pytest.raises(Refusal) as refused:
        validated(message, partner=partner)
    return [(each.code, each.path) for each in refused.value.problems]


def test_faults_of_envelope_fields_and_declared_codes_are_reported_together() -> None:
    data: Json = {
        "municipality": 70998,
        "kind": "publik_works",
        "sector": None,
        "programmes": ["M4SD", "X1"],
        "employer": "o-nobody",
        "muncipality": "70998",
        "on": "1999-12-31",
    }

    found = faults(event(data=data, id="an id", recordedtime="2023-03-02T09:00:00Z"))

    assert found == [
        ("E1113", "$.recordedtime"),
        ("E1112", "$.id"),
        ("E1015", "$.data.sector"),
        ("E1010", "$.data.muncipality"),
        ("E1003", "$.data.municipality"),
        ("E1001", "$.data.kind"),
        ("E1002", "$.data.on"),
        ("E1006", "$.data.programmes[1]"),
        ("E1008", "$.data.employer"),
    ]


def test_several_contradictions_are_reported_together_whatever_else_is_wrong() -> None:
    data: Json = {
        "birth_year": 2050,
        "left_on": "2099-01-01",
        "country": "Germany",
        "household": "unaccompanied_minor",
    }

    found = faults(event(RETURNEE, data))

    assert found == [
        ("E1005", "$.data.country"),
        ("E1016", "$.data.birth_year"),
        ("E1016", "$.data.left_on"),
    ]


def test_a_rule_is_silent_about_a_field_that_is_wrong() -> None:
    assert faults(event(RETURNEE, {"on": "2.3.2023", "left_on": "2099-01-01"})) == [
        ("E1012", "$.data.on")
    ]


def test_an_unknown_type_comes_first_and_the_envelope_is_checked_all_the_same() -> None:
    message = event(type="matching.placment.made.v1", source="nes", data={"sector": None})

    assert faults(message) == [
        ("E1116", "$.type"),
        ("E1112", "$.source"),
        ("E1015", "$.data.sector"),
    ]


def test_a_wrong_subject_and_wrong_data_are_reported_together() -> None:
    assert faults(event(subject="o-nes", data={"sector": "Z"})) == [
        ("E1114", "$.subject"),
        ("E1001", "$.data.sector"),
    ]


def test_missing_attributes_are_all_named() -> None:
    message = event(id=ABSENT, time=ABSENT, subject=ABSENT)

    assert faults(message) == [("E1111", "$.id"), ("E1111", "$.subject"), ("E1111", "$.time")]


def test_with_personal_data_nothing_else_is_reported() -> None:
    assert faults(event(id="an id", data={"kind": JMBG})) == [("E1201", "$.data.kind")]


def test_a_retraction_reports_factid_revision_and_type_together() -> None:
    message = event(
        "matching.fact.retracted.v1",
        {"type": "matching.placment.made"},
        factid=ABSENT,
        revision=1,
    )

    assert faults(message) == [
        ("E1118", "$.factid"),
        ("E1118", "$.revision"),
        ("E1119", "$.data.type"),
    ]


def test_problems_that_are_joined_name_each_place_and_remedy() -> None:
    with pytest.raises(Refusal) as refused:
        validated(json.dumps(event(data={"sector": "Z", "kind": "x"})).encode())

    one = joined(refused.value.problems)

    assert one.code == "E1001"
    assert one.path == "$.data.kind"
    assert "E1001 $.data.sector: " in one.remedy
