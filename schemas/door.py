"""The strict side: an event is checked as it arrives at intake's door.

Checks in this order: size, envelope, personal data, schema, codes. One exception: whatever else is
wrong, a message that holds personal data is refused for these, so that no text of ours repeats
them and nothing of the message is kept.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import NoReturn

from . import personal_data, rules
from .attributes import Attributes, attributes_of
from .declarations import Declarations
from .envelope import Envelope, envelope_of
from .event import Event
from .problem import Problem, Refusal, path_of, refusal

EVENT_BYTES_MAX = 64 * 1024  # an event is a few hundred bytes; Kafka's own limit is a megabyte


def check(body: bytes, *, today: date, declared: Declarations, partner: bool) -> Envelope[Event]:
    """The event in a body, if all is well; raises Refusal with the first problem.

    `today` is the civil day of arrival in Belgrade. `partner`: the source must be a partner's; that
    it is this partner's, and what it may say, was checked before, as was the size of a batch.
    """
    try:
        decoded = _decoded(body)
    except Refusal as refused:
        raise Refusal(personal_data.search_text(_text(body)) or refused.problem) from None
    try:
        said = _attributes(decoded, partner=partner)
    except Refusal as refused:
        raise Refusal(personal_data.search_event(decoded) or refused.problem) from None
    if problem := personal_data.search_event(decoded):
        raise Refusal(problem)
    rules.check_type(said.type)
    _refuse_null(said.data, "$.data")
    envelope = envelope_of(said, extra="forbid")
    rules.check_source(envelope)
    rules.check_retraction(said, envelope)
    rules.check_day(envelope, today)
    rules.check_codes(envelope, declared)
    return envelope


def _attributes(decoded: object, *, partner: bool) -> Attributes:
    if isinstance(decoded, dict):
        _refuse_null(decoded, "$")
        if "recordedtime" in decoded:
            raise refusal("E1113", "$.recordedtime", "Only our door stamps this.", "Leave it out.")
    said = attributes_of(decoded, extra="forbid")
    if partner and not said.source.startswith("/partners/"):
        remedy = "Write /partners/<your id>."
        raise refusal("E1115", "$.source", "This is no partner's source.", remedy)
    return said


def _decoded(body: bytes) -> object:
    """The JSON value in UTF-8, without duplicate keys, NaN or infinities."""
    if len(body) > EVENT_BYTES_MAX:
        detail = f"The event has {len(body)} bytes."
        raise refusal("E1103", "$", detail, f"Send at most {EVENT_BYTES_MAX}.")
    try:
        decoded = json.loads(body.decode(), object_pairs_hook=_unique, parse_constant=_no_number)
        _refuse_half_characters(body, decoded)
    except RecursionError:
        raise refusal("E1101", "$", "It is nested too deeply.", "Send one flat object.") from None
    except json.JSONDecodeError as error:
        detail = f"This is no JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        raise refusal("E1101", "$", detail, "Send one JSON object.") from None
    except UnicodeDecodeError as error:
        raise refusal("E1101", "$", f"Byte {error.start} is no UTF-8.", "Send UTF-8.") from None
    except ValueError:  # Python reads no integer of thousands of digits
        raise refusal("E1101", "$", "It holds an endless number.", "Shorten it.") from None
    return decoded


def _refuse_half_characters(body: bytes, decoded: object) -> None:
    """An escape may name half of a surrogate pair, which no UTF-8 can hold."""
    if rb"\u" not in body:
        return
    try:
        json.dumps(decoded, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        detail = "An escape names half a character."
        raise refusal("E1101", "$", detail, "Write characters in UTF-8.") from None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        detail = "An object names the same field twice."
        raise refusal("E1101", "$", detail, "Say each field once.")
    return found


def _no_number(_constant: str) -> NoReturn:
    detail = "NaN and Infinity are no JSON numbers."
    raise refusal("E1101", "$", detail, "Leave the field out if there is no number.")


def _refuse_null(said: Mapping[str, object], root: str) -> None:
    for name, value in said.items():
        if value is None or (isinstance(value, list) and None in value):
            path = path_of(root, (name,))
            remedy = "Leave it out if there is nothing to say."
            raise Refusal(Problem("E1015", path, "Null says nothing.", remedy))


def _text(body: bytes) -> str:
    return body.decode(errors="replace")
