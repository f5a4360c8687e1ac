"""The validation in the SDK returns the same result as intake for every event, valid or not."""

import json
from collections.abc import Iterator
from datetime import date

import lmc_events
import pytest

from schemas import declared_codes
from schemas.catalogue import BY_TYPE
from schemas.validation import strict
from schemas.validation.problems import Refusal
from tests.contract.files import EXAMPLES

DAY = date(2023, 7, 31)
ODD: tuple[object, ...] = (None, [], "x", -1, 0.5, "0710003730015", ["Вера"])
FROM_SERVICES = "/services/"


def variants(event: dict[str, object]) -> Iterator[dict[str, object]]:
    """The event with each attribute and field left out, and replaced by odd values, in turn."""
    data = event["data"]
    assert isinstance(data, dict)
    for name in [*event, "extra"]:
        yield {key: value for key, value in event.items() if key != name}
        yield from (event | {name: odd} for odd in ODD)
    for name in [*data, "extra"]:
        yield event | {"data": {key: value for key, value in data.items() if key != name}}
        yield from (event | {"data": data | {name: odd}} for odd in ODD)


def by_intake(raw: bytes) -> str:
    """The result of intake's validation."""
    try:
        return strict.validate_event(
            raw, today=DAY, declared=declared_codes.shipped(), partner=True
        ).id
    except Refusal as refused:
        return str(refused)


def by_the_sdk(raw: bytes) -> str:
    """The result of the SDK's validation."""
    try:
        return lmc_events.validate_event(raw, today=DAY).id
    except lmc_events.Refusal as refused:
        return str(refused)


@pytest.mark.parametrize("type_", sorted(BY_TYPE))
def test_the_sdk_and_intake_have_the_same_result(type_: str) -> None:
    example = json.loads((EXAMPLES / f"{type_}.json").read_bytes())
    for event in [example, *variants(example)]:
        raw = json.dumps(event).encode()

        assert by_the_sdk(raw) == by_intake(raw)


def test_the_examples_of_the_sdk_are_valid_and_cover_the_types_of_partners() -> None:
    expected = {
        path.stem for path in EXAMPLES.glob("*.json") if FROM_SERVICES not in path.read_text()
    }
    examples = lmc_events.examples()

    assert set(examples) == expected
    assert {lmc_events.validate_event(raw, today=DAY).type for raw in examples.values()} == expected
