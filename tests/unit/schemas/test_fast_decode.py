"""Decoding an event in one pass gives the same result as decoding it step by step."""

import json
from collections.abc import Callable, Iterator

import pytest

from schemas.catalogue import BY_TYPE
from schemas.envelope import Envelope
from schemas.events.event import Event
from schemas.validation.decode import decode_event, decode_step_by_step, field_names
from schemas.validation.fast_decode import decode_valid
from schemas.validation.problems import Problem, Refusal
from tests.unit.schemas.builders import ABSENT, Json, changed, event

MARK = "this is replaced"
ODD = (
    "null",
    "true",
    "0",
    "1",
    "-1",
    "1.0",
    "1.5",
    "1e400",
    "-1e400",
    "NaN",
    "Infinity",
    "9" * 40,
    "20160228",
    "1456617600",
    "70998",
    "[]",
    "[null]",
    "{}",
    '{"a": NaN}',
    '["a", "a"]',
    '["M4SD", "M4SD"]',
    '""',
    '"x"',
    '"1"',
    '"1.0"',
    '"true"',
    '"NaN"',
    '"70998"',
    '"male"',
    '"70998 "',
    '"2016-02-28"',
    '"2016-2-28"',
    '"2016-02-30"',
    '" 2016-02-28"',
    '"2016-02-28T00:00:00"',
    '"2016-02-28T00:00:00Z"',
    '"2016-02-30T00:00:00Z"',
    '"1456617600"',
    r'"\ud800"',
    r'"\u0000"',
    '"\u0661\u0662"',
    '"mitar@example.org"',
    "",
    "x",
)
"""Values as written in JSON, and texts that are no JSON."""


def outcome(
    value: bytes, decode: Callable[[bytes], Envelope[Event]] = decode_event
) -> Envelope[Event] | Problem:
    """The decoded event, or the problem for which it is refused."""
    try:
        return decode(value)
    except Refusal as refused:
        return refused.problem


def outcome_step_by_step(value: bytes) -> Envelope[Event] | Problem:
    """The same without the fast path."""
    return outcome(value, decode_step_by_step)


def with_each_field_marked(type_: str) -> Iterator[str]:
    """The example with each attribute and field replaced in turn, and each absent one added."""
    message = event(type_)
    data = message["data"]
    assert isinstance(data, dict)
    for name in (*message, "recordedtime", "correlationid", "traceparent", "unknown"):
        yield json.dumps({**message, name: MARK})
    for name in (*field_names(BY_TYPE[type_]), "unknown"):
        yield json.dumps({**message, "data": {**data, name: MARK}})


@pytest.mark.parametrize("type_", BY_TYPE)
def test_the_example_of_each_type_is_decoded_in_one_pass(type_: str) -> None:
    value = json.dumps(event(type_)).encode()

    assert decode_valid(value) is not None
    assert outcome(value) == outcome_step_by_step(value)


@pytest.mark.parametrize("type_", BY_TYPE)
def test_odd_values_anywhere_have_the_same_result_in_both_ways(type_: str) -> None:
    for text in with_each_field_marked(type_):
        for odd in ODD:
            value = text.replace(json.dumps(MARK), odd).encode()
            assert outcome(value) == outcome_step_by_step(value), value


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "matching.placement.made.v9"},
        {"type": ABSENT},
        {"data": ABSENT},
        {"subject": "v-3q8c1m5r7t9w2x4y6z8a0b1c2d"},
        {"time": "2023-02-30T10:00:00Z"},
    ],
)
def test_an_event_that_is_not_valid_has_the_same_result_in_both_ways(changes: Json) -> None:
    value = json.dumps(changed(changes)).encode()

    assert outcome(value) == outcome_step_by_step(value)


def test_a_repeated_name_has_the_same_result_in_both_ways() -> None:
    text = json.dumps(event())
    twice = f'{text[:-2]}, "on": "2023-01-02"}}, "revision": 3, "revision": 4}}'.encode()

    assert outcome(twice) == outcome_step_by_step(twice)
