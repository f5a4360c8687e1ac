"""Tests of reading a file of events line by line."""

import io
from collections.abc import Sequence

import pytest
from lmc_events import client as sdk

from lmc.client.jsonl import (
    BATCH_BYTES_MAX,
    BATCH_EVENTS_MAX,
    LINE_BYTES_MAX,
    JsonLine,
    batches,
    read_lines,
)


def lines_of(text: bytes) -> Sequence[JsonLine]:
    return list(read_lines(io.BytesIO(text)))


def test_an_event_keeps_its_bytes() -> None:
    (line,) = lines_of(b'  {"amount": 1.50, "amount": 1.5}  \r\n')

    assert line == JsonLine(1, b'{"amount": 1.50, "amount": 1.5}')


def test_empty_lines_are_skipped_but_counted() -> None:
    assert [line.number for line in lines_of(b"\n{}\n \n{}")] == [2, 4]


def test_a_byte_order_mark_is_not_part_of_the_first_event() -> None:
    assert lines_of(b"\xef\xbb\xbf{}\n") == [JsonLine(1, b"{}")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"{", "E1101"),
        (b"{} {}", "E1101"),
        (b'{"id": "\xff"}', "E1101"),
        (b"[" * 100_000, "E1101"),
        (b"[{}]", "E1102"),
        (b"12", "E1102"),
        (b"null", "E1102"),
    ],
)
def test_a_line_that_is_no_event_has_a_number_a_code_and_a_reason(text: bytes, code: str) -> None:
    lines = lines_of(b"{}\n" + text + b"\n{}\n")

    assert [(line.number, line.code) for line in lines] == [(1, ""), (2, code), (3, "")]
    assert lines[1].fault


def test_an_overlong_line_is_skipped_without_being_held_in_memory() -> None:
    lines = lines_of(b"x" * (3 * LINE_BYTES_MAX) + b"\n{}\n")

    assert [(line.number, line.body, line.code) for line in lines] == [
        (1, b"", "E1103"),
        (2, b"{}", ""),
    ]


def test_a_batch_has_a_maximum_of_events() -> None:
    sizes = [len(batch) for batch in batches(iter(lines_of(b"{}\n" * 450)))]

    assert sizes == [BATCH_EVENTS_MAX, BATCH_EVENTS_MAX, 50]


def test_two_large_events_are_two_batches() -> None:
    event = b'{"id": "' + b"x" * (LINE_BYTES_MAX - 100) + b'"}\n'

    assert [len(batch) for batch in batches(iter(lines_of(event * 2)))] == [1, 1]


def test_the_sdk_sends_a_batch_as_one_request() -> None:
    assert BATCH_EVENTS_MAX <= sdk.BATCH_EVENTS_MAX
    assert BATCH_BYTES_MAX <= sdk.BATCH_BYTES_MAX


def test_no_line_is_lost_between_batches() -> None:
    text = b"".join(b'{"id": "%d"}\n' % number for number in range(1000))

    sent = [line.number for batch in batches(iter(lines_of(text))) for line in batch]

    assert sent == list(range(1, 1001))
