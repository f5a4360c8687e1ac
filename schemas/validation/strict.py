"""Validate an event strictly, as intake does when it arrives.

The order is: size, envelope, personal data, schema, codes. One exception: a message that contains
personal data is refused for these, whatever else is wrong, so that no error text repeats them and
nothing of the message is kept.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import NoReturn

from ..attributes import NOT_KEPT, Attributes
from ..declared_codes import DeclaredCodes
from ..envelope import Envelope
from ..events.event import Event
from . import event_rules, personal_data
from .contradictions import check_contradictions
from .decode import parse_attributes, parse_envelope
from .problems import Problem, Refusal, path_of, refusal

_EVENT_BYTES_MAX = 64 * 1024  # most have a few hundred bytes; Kafka's default limit is a megabyte


def validate_event(
    body: bytes, *, today: date, declared: DeclaredCodes, partner: bool
) -> Envelope[Event]:
    """Return the event in a body; raises Refusal with the first problem.

    `today` is the civil day of arrival in Belgrade. `partner` requires that the source is a
    partner's; the caller has already checked that it is this partner's, and the grant.
    """
    try:
        decoded = _decoded(body)
    except Refusal as refused:
        raise Refusal(personal_data.search_text(_text(body)) or refused.problem) from None
    try:
        attributes = _attributes(decoded, partner=partner)
    except Refusal as refused:
        raise Refusal(personal_data.search_event(decoded) or refused.problem) from None
    if problem := personal_data.search_event(decoded):
        raise Refusal(problem)
    event_rules.check_type(attributes.type)
    _refuse_null(attributes.data, "$.data")
    envelope = parse_envelope(attributes, extra="forbid")
    event_rules.check_source(envelope)
    event_rules.check_retraction(attributes, envelope)
    event_rules.check_day(envelope, today)
    check_contradictions(envelope.data, today)
    event_rules.check_codes(envelope, declared)
    return envelope


def _attributes(decoded: object, *, partner: bool) -> Attributes:
    if isinstance(decoded, dict):
        _refuse_null(decoded, "$")
        if "recordedtime" in decoded:
            raise refusal("E1113", "$.recordedtime", "Only intake sets this.", "Leave it out.")
        decoded = {name: value for name, value in decoded.items() if name not in NOT_KEPT}
    attributes = parse_attributes(decoded, extra="forbid")
    if partner and not attributes.source.startswith("/partners/"):
        remedy = "Write /partners/<your id>."
        raise refusal("E1115", "$.source", "This is not the source of a partner.", remedy)
    return attributes


def _decoded(body: bytes) -> object:
    """Parse JSON in UTF-8; refuse repeated keys, NaN and infinities."""
    if len(body) > _EVENT_BYTES_MAX:
        detail = f"The event has {len(body)} bytes."
        raise refusal("E1103", "$", detail, f"Send at most {_EVENT_BYTES_MAX}.")
    try:
        decoded = json.loads(body.decode(), object_pairs_hook=_unique, parse_constant=_no_number)
        _refuse_lone_surrogates(body, decoded)
    except RecursionError:
        raise refusal(
            "E1101", "$", "The JSON is nested too deeply.", "Send one flat object."
        ) from None
    except json.JSONDecodeError as error:
        detail = f"This is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        raise refusal("E1101", "$", detail, "Send one JSON object.") from None
    except UnicodeDecodeError as error:
        raise refusal("E1101", "$", f"Byte {error.start} is not UTF-8.", "Send UTF-8.") from None
    except ValueError:  # Python parses no integer of thousands of digits
        raise refusal("E1101", "$", "A number has too many digits.", "Shorten it.") from None
    return decoded


def _refuse_lone_surrogates(body: bytes, decoded: object) -> None:
    """Refuse an escape of half a surrogate pair, which UTF-8 cannot encode."""
    if rb"\u" not in body:
        return
    try:
        json.dumps(decoded, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        detail = "A \\u escape is half of a surrogate pair."
        raise refusal("E1101", "$", detail, "Write characters in UTF-8.") from None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        detail = "An object has the same field twice."
        raise refusal("E1101", "$", detail, "Write each field once.")
    return found


def _no_number(_constant: str) -> NoReturn:
    detail = "NaN and Infinity are not JSON numbers."
    raise refusal("E1101", "$", detail, "Leave the field out if there is no number.")


def _refuse_null(fields: Mapping[str, object], root: str) -> None:
    for name, value in fields.items():
        if value is None or (isinstance(value, list) and None in value):
            path = path_of(root, (name,))
            remedy = "Leave the field out if there is no value."
            raise Refusal(Problem("E1015", path, "Null is not a value.", remedy))


def _text(body: bytes) -> str:
    return body.decode(errors="replace")
