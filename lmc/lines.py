"""A file of events, one JSON object a line: its lines as they stand, the bad ones with a reason."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

LINE_BYTES_MAX = 2 * 1024 * 1024
"""As much as one request may hold; the door takes events of 64 KiB."""
BATCH_EVENTS_MAX = 200
BATCH_BYTES_MAX = 2 * 1024 * 1024
"""Small enough that a request is answered in a moment."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not empty. `fault`: why it is no event; `code`: the fault's stable code."""

    number: int
    body: bytes
    code: str = ""
    fault: str = ""


def read_lines(file: BinaryIO) -> Iterator[Line]:
    """The lines of a file that hold something, numbered from 1."""
    number = 0
    while raw := file.readline(LINE_BYTES_MAX + 1):
        number += 1
        is_whole = len(raw) <= LINE_BYTES_MAX or raw.endswith(b"\n")
        if not is_whole:
            _skip_rest(file)
        body = raw.removeprefix(BYTE_ORDER_MARK if number == 1 else b"").strip()
        if not is_whole:
            yield Line(number, b"", "E1103", f"it is longer than {LINE_BYTES_MAX} bytes")
        elif body:
            yield _judged(number, body)


def batches(lines: Iterator[Line]) -> Iterator[Sequence[Line]]:
    """The lines in groups that fit into one request, in order."""
    batch: list[Line] = []
    size = 0
    for line in lines:
        if batch and (len(batch) == BATCH_EVENTS_MAX or size + len(line.body) > BATCH_BYTES_MAX):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line.body) + 1
    if batch:
        yield batch


def _skip_rest(file: BinaryIO) -> None:
    while rest := file.readline(LINE_BYTES_MAX):
        if rest.endswith(b"\n"):
            return


def _judged(number: int, body: bytes) -> Line:
    try:
        decoded: object = json.loads(body.decode())
    except UnicodeDecodeError as error:
        return Line(number, body, "E1101", f"byte {error.start} is no UTF-8")
    except json.JSONDecodeError as error:
        return Line(number, body, "E1101", f"it is no JSON: {error.msg} at column {error.colno}")
    except (ValueError, RecursionError):
        return Line(number, body, "E1101", "it is no JSON that can be read")
    if not isinstance(decoded, dict):
        return Line(number, body, "E1102", "it is JSON, but not an object")
    return Line(number, body)
