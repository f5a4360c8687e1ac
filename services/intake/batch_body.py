"""Split a request body into its events; the events of a batch keep their own bytes."""

import json
from collections.abc import Sequence

from schemas.validation.problems import refusal

SINGLE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"

BATCH_EVENTS_MAX = 1000
"""A larger batch would keep its transaction open, and its sender waiting, for seconds."""

_WHITESPACE = " \t\n\r"
_DECODER = json.JSONDecoder()


def is_single(content_type: str) -> bool:
    """Tell from the content type whether the body is one event."""
    return _media_type(content_type) == SINGLE


def events_in(body: bytes, content_type: str) -> Sequence[bytes]:
    """Return the bytes of each event; raises Refusal if the body cannot be split.

    The events of a batch are returned as they were written, so that a fault in one of them (a
    repeated field, a wrong number) is found when that event is validated, and refuses no other.
    """
    if is_single(content_type):
        return (body,)
    if _media_type(content_type) == BATCH:
        return _elements(_text(body))
    raise refusal(
        "E1501",
        "$header.Content-Type",
        f"Events are accepted as {SINGLE} or {BATCH}.",
        "Name one of them in Content-Type.",
    )


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise _unreadable(f"byte {error.start} is not UTF-8") from None


def _elements(text: str) -> Sequence[bytes]:
    index = _skip_whitespace(text, 0)
    if text[index : index + 1] != "[":
        raise _unreadable("it is not a JSON array")
    events: list[bytes] = []
    index = _skip_whitespace(text, index + 1)
    while text[index : index + 1] != "]":
        if len(events) == BATCH_EVENTS_MAX:
            raise refusal(
                "E1103",
                "$",
                f"A batch has at most {BATCH_EVENTS_MAX} events.",
                "Send smaller batches.",
            )
        end = _end_of_value(text, index, len(events))
        events.append(text[index:end].encode())
        index = _skip_comma(text, end, len(events))
    if _skip_whitespace(text, index + 1) != len(text):
        raise _unreadable("there is text after the array")
    return events


def _end_of_value(text: str, start: int, number: int) -> int:
    try:
        return _DECODER.raw_decode(text, start)[1]
    except (ValueError, RecursionError):
        raise _unreadable(f"its element {number} is not a JSON value") from None


def _skip_comma(text: str, index: int, count: int) -> int:
    index = _skip_whitespace(text, index)
    following = text[index : index + 1]
    if following == ",":
        index = _skip_whitespace(text, index + 1)
        if text[index : index + 1] != "]":
            return index
    elif following == "]":
        return index
    raise _unreadable(f"after {count} elements a comma or the end of the array is missing")


def _skip_whitespace(text: str, index: int) -> int:
    while index < len(text) and text[index] in _WHITESPACE:
        index += 1
    return index


def _unreadable(reason: str) -> Exception:
    return refusal(
        "E1101",
        "$",
        f"The batch cannot be read: {reason}.",
        "Send one JSON array of events in UTF-8.",
    )
