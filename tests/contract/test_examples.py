"""Every type has a valid example for partners to copy."""

import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from schemas import declared_codes
from schemas.catalogue import BY_TYPE
from schemas.compatibility.golden_schemas import event_schema, golden_schema
from schemas.envelope import encode_event
from schemas.validation import strict
from schemas.validation.decode import decode_event
from schemas.validation.problems import Refusal
from tests.contract.files import EXAMPLES

ODD: tuple[object, ...] = (None, [], {}, "", "x", -1, 0.5, True, [1, 1])
DAY = date(2023, 7, 31)
every_example = pytest.mark.parametrize(
    "example", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem
)


def test_every_type_has_an_example_named_after_it() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.json")} == set(BY_TYPE)


@every_example
def test_an_example_passes_strict_validation(example: Path) -> None:
    raw = example.read_bytes()

    event = strict.validate_event(raw, today=DAY, declared=declared_codes.shipped(), partner=False)

    assert event.type == example.stem


@every_example
def test_an_example_is_decoded_as_it_is_validated(example: Path) -> None:
    raw = example.read_bytes()
    event = strict.validate_event(raw, today=DAY, declared=declared_codes.shipped(), partner=False)

    assert decode_event(raw) == event
    assert decode_event(encode_event(event)) == event


@every_example
def test_an_example_is_valid_by_its_schemas(example: Path) -> None:
    event = json.loads(example.read_bytes())
    kind = BY_TYPE[example.stem]

    jsonschema.validate(event, dict(event_schema(kind)))
    jsonschema.validate(event["data"], dict(golden_schema(kind)))


@every_example
def test_schema_and_validation_agree_on_required_fields(example: Path) -> None:
    """Each field is left out in turn."""
    event = json.loads(example.read_bytes())
    schema = dict(golden_schema(BY_TYPE[example.stem]))
    for name in event["data"]:
        data = {field: value for field, value in event["data"].items() if field != name}
        is_valid = jsonschema.Draft202012Validator(schema).is_valid(data)

        assert _passes({**event, "data": data}) == is_valid, name


@every_example
def test_schema_and_validation_agree_on_null_and_on_odd_values(example: Path) -> None:
    event = json.loads(example.read_bytes())
    validator = jsonschema.Draft202012Validator(dict(golden_schema(BY_TYPE[example.stem])))
    for name in event["data"]:
        for odd in ODD:
            data = {**event["data"], name: odd}

            assert _passes({**event, "data": data}) <= validator.is_valid(data), (name, odd)


def _passes(event: dict[str, object]) -> bool:
    raw = json.dumps(event).encode()
    try:
        strict.validate_event(raw, today=DAY, declared=declared_codes.shipped(), partner=False)
    except Refusal:
        return False
    return True
