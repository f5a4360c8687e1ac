"""A character that no text may contain is refused in every event, known or not."""

import json

import pytest

from schemas.validation.characters import has_forbidden_character
from schemas.validation.decode import decode_event
from schemas.validation.problems import Refusal
from tests.unit.schemas.builders import event, refused


@pytest.mark.parametrize("type_", ["matching.placement.made.v1", "matching.thing.seen.v9"])
@pytest.mark.parametrize("note", ["\0", {"deep": ["a\0"]}, {"a\0": 1}])
def test_an_event_in_the_log_with_u0000_is_refused(type_: str, note: object) -> None:
    value = json.dumps(event(type=type_, data={"note": note})).encode()

    with pytest.raises(Refusal) as raised:
        decode_event(value)

    assert raised.value.problem.code == "E1104"


def test_an_escaped_backslash_before_u0000_is_a_text() -> None:
    value = json.dumps(event(data={"note": "\\u0000"})).encode()

    assert decode_event(value).data is not None


@pytest.mark.parametrize("character", ["\0", "\ud800"])
def test_the_endpoint_refuses_it_too(character: str) -> None:
    assert refused(event(data={"note": character})) == ("E1104", "$")


def test_pairs_of_surrogates_and_other_characters_are_texts() -> None:
    assert not has_forbidden_character({"ана": ["😀", "\x01", "\ufeff", None, 1.5]})
