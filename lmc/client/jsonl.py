"""Read a file of events, one JSON object per line; a bad line gets a code and a reason."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

LINE_BYTES_MAX = 2 * 1024 * 1024
"""The size of a request to intake; an event may have 64 KiB."""
BATCH_EVENTS_MAX = 200
BATCH_BYTES_MAX = 256 * 1024
"""Below the limits of the SDK's client, so that it sends a batch as one request."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class JsonLine:
    """A line that is not empty, with its number from 1.

    `fault` says why it is no event, `code` is the fault's stable code; both are empty otherwise.
    """

    number: int
    body: bytes
    code: str = ""
    fault: str = ""


def read_lines(file: BinaryIO) -> Iterator[JsonLine]:
    """Yield the lines of a file that are not empty."""
    number = 0
    while raw := file.readline(LINE_BYTES_MAX + 1):
        number += 1
        is_complete = len(raw) <= LINE_BYTES_MAX or raw.endswith(b"\n")
        if not is_complete:
            _skip_to_line_end(file)
        body = raw.removeprefix(_BYTE_ORDER_MARK if number == 1 else b"").strip()
        if not is_complete:
            yield JsonLine(number, b"", "E1103", f"it is longer than {LINE_BYTES_MAX} bytes")
        elif body:
            yield _checked(number, body)


def batches(lines: Iterator[JsonLine]) -> Iterator[Sequence[JsonLine]]:
    """Group lines, in order, so that each group fits into one request."""
    batch: list[JsonLine] = []
    size = 0
    for line in lines:
        if batch and (len(batch) == BATCH_EVENTS_MAX or size + len(line.body) > BATCH_BYTES_MAX):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line.body) + 1
    if batch:
        yield batch


def _skip_to_line_end(file: BinaryIO) -> None:
    while rest := file.readline(LINE_BYTES_MAX):
        if rest.endswith(b"\n"):
            return


def _checked(number: int, body: bytes) -> JsonLine:
    try:
        decoded: object = json.loads(body.decode())
    except UnicodeDecodeError as error:
        return JsonLine(number, body, "E1101", f"byte {error.start} is not UTF-8")
    except json.JSONDecodeError as error:
        reason = f"it is not JSON: {error.msg} at column {error.colno}"
        return JsonLine(number, body, "E1101", reason)
    except (ValueError, RecursionError):
        return JsonLine(number, body, "E1101", "it is JSON that cannot be decoded")
    if not isinstance(decoded, dict):
        return JsonLine(number, body, "E1102", "it is JSON, but not an object")
    return JsonLine(number, body)
