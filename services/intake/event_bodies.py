"""The events in a request or a record: in structured mode, in binary mode, or a batch."""

import json
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import unquote

from schemas.validation.composition import compose_event
from schemas.validation.problems import Refusal, refusal

SINGLE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
_DATA = "application/json"
_HTTP_PREFIX, _KAFKA_PREFIX = "ce-", "ce_"

BATCH_EVENTS_MAX = 1000
"""A larger batch would keep its transaction open, and its sender waiting, for seconds."""

_WHITESPACE = " \t\n\r"
_DECODER = json.JSONDecoder()


def is_batch(headers: Mapping[str, str]) -> bool:
    """Tell from the headers of a request, in lower case, whether the body is a batch."""
    return _media_type(headers.get("content-type", "")) == BATCH


def events_in(body: bytes, headers: Mapping[str, str]) -> Sequence[bytes]:
    """Return the JSON of each event in a request; the names of its headers are in lower case.

    The events of a batch are returned as they were written, so that a fault in one of them (a
    repeated field, a wrong number) is found when that event is validated, and refuses no other. An
    event in binary mode has its attributes in headers `ce-…` and its data in the body. Raises
    Refusal if the body cannot be split, or has none of these forms.
    """
    media_type = _media_type(headers.get("content-type", ""))
    if media_type == SINGLE:
        return (body,)
    if media_type == BATCH:
        return _elements(_text(body))
    if media_type == _DATA and f"{_HTTP_PREFIX}specversion" in headers:
        given = ((name, unquote(value)) for name, value in headers.items())
        attributes = _attributes(given, _HTTP_PREFIX)
        return (compose_event(attributes | {"datacontenttype": headers["content-type"]}, body),)
    raise refusal(
        "E1513",
        "$header.Content-Type",
        f"Events are accepted as {SINGLE} or {BATCH}, or as {_DATA} with headers {_HTTP_PREFIX}….",
        "Name one of them in Content-Type.",
    )


def event_in_record(value: bytes | None, headers: Iterable[tuple[str, bytes | None]]) -> bytes:
    """Return the JSON of the event in a Kafka record, in structured or binary mode.

    A value that is no JSON is returned as it is; validation says what is wrong with it.
    """
    texts = {name: (raw or b"").decode(errors="replace") for name, raw in headers}
    content_type = texts.get("content-type", "")
    is_binary = f"{_KAFKA_PREFIX}specversion" in texts and _media_type(content_type) != SINGLE
    if not is_binary:
        return value or b""
    attributes = _attributes(texts.items(), _KAFKA_PREFIX)
    if content_type:
        attributes["datacontenttype"] = content_type
    try:
        return compose_event(attributes, value or b"")
    except Refusal:
        return value or b""


def _attributes(headers: Iterable[tuple[str, str]], prefix: str) -> dict[str, object]:
    """Return the attributes in headers; `revision` is a number, which headers cannot tell."""
    found: dict[str, object] = {
        name.removeprefix(prefix): value for name, value in headers if name.startswith(prefix)
    }
    revision = found.get("revision")
    if isinstance(revision, str) and revision.isascii() and revision.isdigit():
        found["revision"] = int(revision[:20])
    return found


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
