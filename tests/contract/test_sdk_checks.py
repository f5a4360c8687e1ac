"""The kit for partners says of every event, well said or not, what the door says."""

import json
from collections.abc import Iterator
from datetime import date

import lmc_events
import pytest

from schemas import declarations, door
from schemas.catalogue import BY_TYPE
from schemas.problem import Refusal
from tests.contract.files import EXAMPLES

DAY = date(2023, 7, 31)
ODD: tuple[object, ...] = (None, [], "x", -1, 0.5, "0710003730015", ["Вера"])
ONLY_OURS = "/services/"


def spoilt(said: dict[str, object]) -> Iterator[dict[str, object]]:
    """The event with each attribute and each field left out or made odd, once each."""
    data = said["data"]
    assert isinstance(data, dict)
    for name in [*said, "extra"]:
        yield {key: value for key, value in said.items() if key != name}
        yield from (said | {name: odd} for odd in ODD)
    for name in [*data, "extra"]:
        yield said | {"data": {key: value for key, value in data.items() if key != name}}
        yield from (said | {"data": data | {name: odd}} for odd in ODD)


def at_the_door(raw: bytes) -> str:
    """What the door says."""
    try:
        return door.check(raw, today=DAY, declared=declarations.shipped(), partner=True).id
    except Refusal as refused:
        return str(refused)


def in_the_kit(raw: bytes) -> str:
    """What the kit says."""
    try:
        return lmc_events.check(raw, today=DAY).id
    except lmc_events.Refusal as refused:
        return str(refused)


@pytest.mark.parametrize("type_", sorted(BY_TYPE))
def test_the_kit_says_what_the_door_says(type_: str) -> None:
    said = json.loads((EXAMPLES / f"{type_}.json").read_bytes())
    for event in [said, *spoilt(said)]:
        raw = json.dumps(event).encode()

        assert in_the_kit(raw) == at_the_door(raw)


def test_the_kits_examples_are_all_that_partners_may_say_and_pass_its_checks() -> None:
    told = {path.stem for path in EXAMPLES.glob("*.json") if ONLY_OURS not in path.read_text()}
    examples = lmc_events.examples()

    assert set(examples) == told
    assert {lmc_events.check(raw, today=DAY).type for raw in examples.values()} == told
