"""Every type has an example that a partner may copy."""

import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from schemas import declarations, door
from schemas.catalogue import BY_TYPE
from schemas.envelope import hear, to_bytes
from schemas.golden import golden, whole
from schemas.problem import Refusal
from tests.contract.files import EXAMPLES

ODD: tuple[object, ...] = (None, [], {}, "", "x", -1, 0.5, True, [1, 1])
DAY = date(2023, 7, 31)
every_example = pytest.mark.parametrize(
    "example", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem
)


def test_every_type_has_an_example_named_after_it() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.json")} == set(BY_TYPE)


@every_example
def test_an_example_passes_the_door(example: Path) -> None:
    raw = example.read_bytes()

    said = door.check(raw, today=DAY, declared=declarations.shipped(), partner=False)

    assert said.type == example.stem


@every_example
def test_an_example_is_heard_as_the_door_read_it(example: Path) -> None:
    raw = example.read_bytes()
    said = door.check(raw, today=DAY, declared=declarations.shipped(), partner=False)

    assert hear(raw) == said
    assert hear(to_bytes(said)) == said


@every_example
def test_an_example_is_valid_by_its_schemas(example: Path) -> None:
    said = json.loads(example.read_bytes())
    kind = BY_TYPE[example.stem]

    jsonschema.validate(said, dict(whole(kind)))
    jsonschema.validate(said["data"], dict(golden(kind)))


@every_example
def test_schema_and_door_agree_on_what_is_required(example: Path) -> None:
    """Each field is left out once."""
    said = json.loads(example.read_bytes())
    schema = dict(golden(BY_TYPE[example.stem]))
    for name in said["data"]:
        data = {field: value for field, value in said["data"].items() if field != name}
        is_valid = jsonschema.Draft202012Validator(schema).is_valid(data)

        assert _passes({**said, "data": data}) == is_valid, name


@every_example
def test_schema_and_door_agree_on_null_and_on_odd_values(example: Path) -> None:
    said = json.loads(example.read_bytes())
    validator = jsonschema.Draft202012Validator(dict(golden(BY_TYPE[example.stem])))
    for name in said["data"]:
        for odd in ODD:
            data = {**said["data"], name: odd}

            assert _passes({**said, "data": data}) <= validator.is_valid(data), (name, odd)


def _passes(said: dict[str, object]) -> bool:
    raw = json.dumps(said).encode()
    try:
        door.check(raw, today=DAY, declared=declarations.shipped(), partner=False)
    except Refusal:
        return False
    return True
