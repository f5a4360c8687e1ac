"""Reading an event in one pass decides nothing that the careful way would decide otherwise."""

import json
from collections.abc import Iterator
from unittest.mock import patch

import pytest

from schemas import envelope
from schemas.catalogue import BY_TYPE
from schemas.envelope import Envelope, hear
from schemas.event import Event
from schemas.problem import Problem, Refusal
from schemas.whole import whole
from tests.unit.schemas.saying import ABSENT, Json, changed, event

MARK = "what stands here is replaced"
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
"""As they stand in JSON, or as no JSON at all."""


def careful(value: bytes) -> Envelope[Event] | Problem:
    """What the steps one after another make of an event."""
    with patch.object(envelope, "whole", lambda _: None):
        return outcome(value)


def outcome(value: bytes) -> Envelope[Event] | Problem:
    """An event, or why it is none."""
    try:
        return hear(value)
    except Refusal as refused:
        return refused.problem


def with_each_field_marked(type_: str) -> Iterator[str]:
    """The example, in turn with each attribute and field replaced, and each added that could be."""
    said = event(type_)
    data = said["data"]
    assert isinstance(data, dict)
    for name in (*said, "recordedtime", "correlationid", "traceparent", "unknown"):
        yield json.dumps({**said, name: MARK})
    for name in (*envelope.field_names(BY_TYPE[type_]), "unknown"):
        yield json.dumps({**said, "data": {**data, name: MARK}})


@pytest.mark.parametrize("type_", BY_TYPE)
def test_the_example_of_each_type_is_read_in_one_pass(type_: str) -> None:
    value = json.dumps(event(type_)).encode()

    assert whole(value) is not None
    assert outcome(value) == careful(value)


@pytest.mark.parametrize("type_", BY_TYPE)
def test_odd_values_in_any_place_are_judged_as_the_careful_way_judges_them(type_: str) -> None:
    for text in with_each_field_marked(type_):
        for odd in ODD:
            value = text.replace(json.dumps(MARK), odd).encode()
            assert outcome(value) == careful(value), value


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
def test_what_is_not_whole_is_left_to_the_careful_way(changes: Json) -> None:
    value = json.dumps(changed(changes)).encode()

    assert outcome(value) == careful(value)


def test_a_name_said_twice_counts_as_the_careful_way_counts_it() -> None:
    text = json.dumps(event())
    twice = f'{text[:-2]}, "on": "2023-01-02"}}, "revision": 3, "revision": 4}}'.encode()

    assert outcome(twice) == careful(twice)
