"""What a change of a released schema breaks for producers and consumers."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from schemas.compatibility.breaking_changes import breaking_changes
from tests.contract.files import GOLDEN

TYPE = "matching.placement.made.v1"
Schema = dict[str, Any]  # a decoded schema
Change = Callable[[Schema], object]


def schema_of(type_: str = TYPE) -> Schema:
    decoded: Schema = json.loads((GOLDEN / f"{type_}.json").read_bytes())
    return decoded


def breaking(change: Change, type_: str = TYPE) -> tuple[str, ...]:
    """The breaking changes that are found after a change to a golden schema."""
    released = schema_of(type_)
    golden = copy.deepcopy(released)
    change(golden)
    return breaking_changes({type_: json.dumps(released)}, {type_: json.dumps(golden)})


def remove(schema: Schema, name: str) -> None:
    del schema["properties"][name]
    schema["required"] = [field for field in schema["required"] if field != name]


def add(schema: Schema, name: str, *, required: bool) -> None:
    schema["properties"][name] = {"type": "string", "pattern": "^[a-z]$"}
    schema["required"] += [name] if required else []


def months(schema: Schema) -> Schema:
    field: Schema = schema["properties"]["expected_months"]
    return field


def test_a_schema_is_compatible_with_itself() -> None:
    assert breaking(lambda schema: schema) == ()


def test_an_unreleased_schema_may_change() -> None:
    assert breaking_changes({}, {TYPE: json.dumps(schema_of())}) == ()


def test_a_new_type_breaks_nothing() -> None:
    released = {TYPE: json.dumps(schema_of())}

    assert breaking_changes(released, {**released, "matching.placement.seen.v1": "{}"}) == ()


def test_a_new_optional_field_breaks_nothing() -> None:
    assert breaking(lambda schema: add(schema, "shift", required=False)) == ()


@pytest.mark.parametrize("keyword", ["description", "title"])
def test_another_description_or_title_breaks_nothing(keyword: str) -> None:
    assert breaking(lambda schema: schema.update({keyword: "reworded"})) == ()


def test_another_order_of_a_list_breaks_nothing() -> None:
    assert breaking(lambda schema: schema["properties"]["kind"]["enum"].reverse()) == ()


def test_a_removed_type_is_found() -> None:
    assert breaking_changes({TYPE: json.dumps(schema_of())}, {})[0].startswith(
        f"{TYPE}: the type was removed"
    )


def test_a_removed_field_is_found() -> None:
    sentences = breaking(lambda schema: remove(schema, "sector"))

    assert (
        sentences[0]
        == f"{TYPE}: field sector was removed; producers that still send it would be refused"
    )


def test_a_removed_optional_field_is_found() -> None:
    assert "field employer was removed" in breaking(lambda schema: remove(schema, "employer"))[0]


def test_a_renamed_field_is_found() -> None:
    def rename(schema: Schema) -> None:
        remove(schema, "sector")
        add(schema, "nace", required=True)

    assert len(breaking(rename)) == 3


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda s: add(s, "shift", required=True), "field shift is newly required"),
        (lambda s: s["required"].append("employer"), "field employer is newly required"),
        (lambda s: s["required"].remove("sector"), "field sector is no longer required"),
        (lambda s: s["properties"]["kind"]["enum"].remove("seasonal"), "the list lost seasonal"),
        (lambda s: s["properties"]["kind"]["enum"].append("gig"), "the list gained gig"),
        (lambda s: s["properties"]["kind"].pop("enum"), "closed on one side only"),
        (lambda s: s["properties"]["after"]["items"]["enum"].append("luck"), "gained luck"),
        (lambda s: s["properties"]["after"].pop("items"), "the form of its elements changed"),
        (lambda s: s["properties"]["after"].pop("uniqueItems"), "uniqueItems changed from true"),
        (lambda s: s["properties"]["programmes"].pop("default"), "default changed from []"),
        (lambda s: s["properties"]["on"].update(format="date-time"), 'format changed from "date"'),
        (lambda s: s["properties"]["on"].update(type="integer"), 'type changed from "string"'),
        (lambda s: s["properties"]["vacancy"].update(pattern="^v$"), "pattern changed from"),
        (lambda s: s["properties"]["occupation"].update({"x-list": "x"}), "x-list changed from"),
        (
            lambda s: s["properties"]["expected_months"].update(minimum=1),
            "producers of the other values",
        ),
        (
            lambda s: s["properties"]["expected_months"].update(maximum=12),
            "producers of the other values",
        ),
        (
            lambda s: s["properties"]["expected_months"].update(maximum=999),
            "consumers of the released form",
        ),
        (
            lambda s: s["properties"]["expected_months"].pop("minimum"),
            "consumers of the released form",
        ),
        (lambda s: s["x-subject"].append("v-"), "its subjects gained v-"),
        (lambda s: s.update({"x-subject": []}), "its subjects lost p-"),
        (lambda s: s.pop("additionalProperties"), "additionalProperties changed from false"),
        (lambda s: s.update({"if": {"required": ["vacancy"]}}), "if changed from nothing"),
    ],
)
def test_a_breaking_change_is_described_in_a_sentence(change: Change, sentence: str) -> None:
    sentences = breaking(change)

    assert len(sentences) == 1
    assert sentence in sentences[0]


def test_a_changed_rule_between_fields_is_found() -> None:
    sentences = breaking(lambda schema: schema.pop("then"), "training.course.completed.v1")

    assert "then changed from" in sentences[0]
