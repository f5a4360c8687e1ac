"""What a change of a released schema breaks, for who says and for who hears."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from schemas.compatibility import broken
from tests.contract.files import GOLDEN

TYPE = "matching.placement.made.v1"
Schema = dict[str, Any]  # a decoded schema, planted with one change
Plant = Callable[[Schema], object]


def schema_of(type_: str = TYPE) -> Schema:
    decoded: Schema = json.loads((GOLDEN / f"{type_}.json").read_bytes())
    return decoded


def told(plant: Plant, type_: str = TYPE) -> tuple[str, ...]:
    """What the checker says of a planted change to a golden schema."""
    released = schema_of(type_)
    golden = copy.deepcopy(released)
    plant(golden)
    return broken({type_: json.dumps(released)}, {type_: json.dumps(golden)})


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
    assert told(lambda schema: schema) == ()


def test_nothing_released_is_nothing_promised() -> None:
    assert broken({}, {TYPE: json.dumps(schema_of())}) == ()


def test_a_new_type_breaks_nothing() -> None:
    released = {TYPE: json.dumps(schema_of())}

    assert broken(released, {**released, "matching.placement.seen.v1": "{}"}) == ()


def test_a_new_optional_field_breaks_nothing() -> None:
    assert told(lambda schema: add(schema, "shift", required=False)) == ()


@pytest.mark.parametrize("word", ["description", "title"])
def test_other_words_break_nothing(word: str) -> None:
    assert told(lambda schema: schema.update({word: "said better"})) == ()


def test_the_order_of_a_list_means_nothing() -> None:
    assert told(lambda schema: schema["properties"]["kind"]["enum"].reverse()) == ()


def test_a_removed_type_is_caught() -> None:
    assert broken({TYPE: json.dumps(schema_of())}, {})[0].startswith(
        f"{TYPE}: the type was removed"
    )


def test_a_removed_field_is_caught() -> None:
    trouble = told(lambda schema: remove(schema, "sector"))

    assert trouble[0] == f"{TYPE}: field sector was removed; who still says it is refused"


def test_a_removed_optional_field_is_caught() -> None:
    assert "field employer was removed" in told(lambda schema: remove(schema, "employer"))[0]


def test_a_renamed_field_is_caught() -> None:
    def rename(schema: Schema) -> None:
        remove(schema, "sector")
        add(schema, "nace", required=True)

    assert len(told(rename)) == 3


@pytest.mark.parametrize(
    ("plant", "sentence"),
    [
        (lambda s: add(s, "shift", required=True), "field shift is newly required"),
        (lambda s: s["required"].append("employer"), "field employer is newly required"),
        (lambda s: s["required"].remove("sector"), "field sector is no longer required"),
        (lambda s: s["properties"]["kind"]["enum"].remove("seasonal"), "the list lost seasonal"),
        (lambda s: s["properties"]["kind"]["enum"].append("gig"), "the list gained gig"),
        (lambda s: s["properties"]["kind"].pop("enum"), "closed on one side only"),
        (lambda s: s["properties"]["after"]["items"]["enum"].append("luck"), "gained luck"),
        (lambda s: s["properties"]["after"].pop("items"), "the form of its elements changed"),
        (lambda s: s["properties"]["after"].pop("uniqueItems"), "uniqueItems went from true"),
        (lambda s: s["properties"]["programmes"].pop("default"), "default went from []"),
        (lambda s: s["properties"]["on"].update(format="date-time"), 'format went from "date"'),
        (lambda s: s["properties"]["on"].update(type="integer"), 'type went from "string"'),
        (lambda s: s["properties"]["vacancy"].update(pattern="^v$"), "pattern went from"),
        (lambda s: s["properties"]["occupation"].update({"x-list": "x"}), "x-list went from"),
        (lambda s: s["properties"]["expected_months"].update(minimum=1), "who still says the rest"),
        (
            lambda s: s["properties"]["expected_months"].update(maximum=12),
            "who still says the rest",
        ),
        (lambda s: s["properties"]["expected_months"].update(maximum=999), "who hears refuses"),
        (lambda s: s["properties"]["expected_months"].pop("minimum"), "who hears refuses"),
        (lambda s: s["x-subject"].append("v-"), "its subjects gained v-"),
        (lambda s: s.update({"x-subject": []}), "its subjects lost p-"),
        (lambda s: s.pop("additionalProperties"), "additionalProperties went from false"),
        (lambda s: s.update({"if": {"required": ["vacancy"]}}), "if went from nothing"),
    ],
)
def test_a_change_that_breaks_somebody_is_told_in_a_sentence(plant: Plant, sentence: str) -> None:
    trouble = told(plant)

    assert len(trouble) == 1
    assert sentence in trouble[0]


def test_a_rule_between_fields_is_part_of_the_promise() -> None:
    trouble = told(lambda schema: schema.pop("then"), "training.course.completed.v1")

    assert "then went from" in trouble[0]
