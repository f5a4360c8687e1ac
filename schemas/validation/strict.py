"""Validate an event strictly, as intake does when it arrives.

All faults are reported at once. Two exceptions: a message that is no JSON has this one fault, and
one that contains personal data is refused for these, whatever else is wrong, so that no error text
repeats them and nothing of the message is kept.
"""

import json
from collections.abc import Iterator
from datetime import date
from typing import NoReturn

from ..declared_codes import DeclaredCodes
from ..envelope import Envelope
from ..events.event import Event
from . import personal_data
from .arrival import Arrival
from .characters import forbidden_character, has_forbidden_character
from .draft import draft_of
from .event_rules import RULES
from .problems import Problem, Refusal, refusal

_EVENT_BYTES_MAX = 64 * 1024  # most have a few hundred bytes; Kafka's default limit is a megabyte


def validate_event(
    body: bytes, *, today: date, declared: DeclaredCodes, partner: bool
) -> Envelope[Event]:
    """Return the event in a body; raises Refusal with all problems that it has.

    `today` is the civil day of arrival in Belgrade. `partner` requires that the source is a
    partner's; the caller has already checked that it is this partner's, and the grant.
    """
    try:
        decoded = _decoded(body)
    except Refusal as refused:
        raise Refusal(personal_data.search_text(_text(body)) or refused.problem) from None
    if problem := personal_data.search_event(decoded, today):
        raise Refusal(problem)
    if not isinstance(decoded, dict):
        raise refusal("E1102", "$", "An event is a JSON object.", "Send one JSON object.")
    draft = draft_of(decoded, partner=partner)
    problems = list(draft.problems)
    if draft.envelope is not None:
        arrival = Arrival(draft.envelope, "factid" in decoded, today, declared)
        problems += _broken_rules(arrival, draft.wrong)
    if problems or draft.envelope is None:
        raise Refusal(*problems)
    return draft.envelope


def _broken_rules(arrival: Arrival, wrong: frozenset[str]) -> Iterator[Problem]:
    """Find what breaks a rule in those parts of an event that are right."""
    if arrival.envelope.data is None:
        return
    for rule in RULES:
        if wrong.isdisjoint(rule.needs):
            yield from rule.find(arrival)


def _decoded(body: bytes) -> object:
    """Parse JSON in UTF-8; refuse repeated keys, NaN and infinities."""
    if len(body) > _EVENT_BYTES_MAX:
        detail = f"The event has {len(body)} bytes."
        raise refusal("E1103", "$", detail, f"Send at most {_EVENT_BYTES_MAX}.")
    try:
        decoded = json.loads(body.decode(), object_pairs_hook=_unique, parse_constant=_no_number)
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
    if rb"\u" in body and has_forbidden_character(decoded):
        raise Refusal(forbidden_character())
    return decoded


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        detail = "An object has the same field twice."
        raise refusal("E1101", "$", detail, "Write each field once.")
    return found


def _no_number(_constant: str) -> NoReturn:
    detail = "NaN and Infinity are not JSON numbers."
    raise refusal("E1101", "$", detail, "Leave the field out if there is no number.")


def _text(body: bytes) -> str:
    return body.decode(errors="replace")
