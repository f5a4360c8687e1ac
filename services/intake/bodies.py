"""What a request body holds: one event, or a batch whose events keep their own bytes."""

import json
from collections.abc import Sequence

from schemas.problem import refusal

SINGLE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"

BATCH_EVENTS_MAX = 1000
"""A larger batch would hold its transaction, and its sender, for seconds."""

_WHITE = " \t\n\r"
_DECODER = json.JSONDecoder()


def is_single(content_type: str) -> bool:
    """Tell whether the body is one event, by its content type."""
    return _media(content_type) == SINGLE


def events_in(body: bytes, content_type: str) -> Sequence[bytes]:
    """Return the bytes of each event; raises Refusal if the body as a whole is unreadable.

    The events of a batch are cut out of it as they were written, so that one with a fault of its
    own (a repeated field, a wrong number) is judged alone and with its own bytes.
    """
    if is_single(content_type):
        return (body,)
    if _media(content_type) == BATCH:
        return _cut(_text(body))
    raise refusal(
        "E1501",
        "$header.Content-Type",
        f"The door takes {SINGLE} or {BATCH}.",
        "Name one of them in Content-Type.",
    )


def _media(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise _unreadable(f"byte {error.start} is no UTF-8") from None


def _cut(text: str) -> Sequence[bytes]:
    place = _past_white(text, 0)
    if text[place : place + 1] != "[":
        raise _unreadable("it is no JSON array")
    events: list[bytes] = []
    place = _past_white(text, place + 1)
    while text[place : place + 1] != "]":
        if len(events) == BATCH_EVENTS_MAX:
            raise refusal(
                "E1103",
                "$",
                f"A batch holds {BATCH_EVENTS_MAX} events at the most.",
                "Send smaller batches.",
            )
        end = _end_of_value(text, place, len(events))
        events.append(text[place:end].encode())
        place = _past_comma(text, end, len(events))
    if _past_white(text, place + 1) != len(text):
        raise _unreadable("something follows the array")
    return events


def _end_of_value(text: str, start: int, number: int) -> int:
    try:
        return _DECODER.raw_decode(text, start)[1]
    except (ValueError, RecursionError):
        raise _unreadable(f"its element {number} is no JSON value") from None


def _past_comma(text: str, place: int, count: int) -> int:
    place = _past_white(text, place)
    following = text[place : place + 1]
    if following == ",":
        place = _past_white(text, place + 1)
        if text[place : place + 1] != "]":
            return place
    elif following == "]":
        return place
    raise _unreadable(f"after {count} elements a comma or the array's end is missing")


def _past_white(text: str, place: int) -> int:
    while place < len(text) and text[place] in _WHITE:
        place += 1
    return place


def _unreadable(reason: str) -> Exception:
    return refusal(
        "E1101",
        "$",
        f"The batch cannot be read: {reason}.",
        "Send one JSON array of events in UTF-8.",
    )
