"""Decode the bytes of an event tolerantly, as every consumer does."""

from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime

from pydantic import ValidationError
from pydantic_core import from_json

from ..attributes import ATTRIBUTE_NAMES, Attributes
from ..catalogue import BY_TYPE
from ..envelope import NOTHING, Envelope
from ..events.event import Event
from . import personal_data
from .characters import forbidden_character, has_forbidden_character
from .fast_decode import decode_valid
from .problems import Problem, Refusal, refusal
from .validation_errors import REMEDIES, problems_of_attributes, problems_of_data

_NULL_ESCAPE = rb"\u0000"
"""The parser itself refuses a raw U+0000 and halves of a surrogate pair."""


def decode_event(value: bytes) -> Envelope[Event]:
    """Decode the value of a Kafka record; what is not known is ignored, never lost.

    Unknown attributes and fields are ignored, null in an optional one counts as absent, the
    content of an unknown type or version is kept, and no catalogue is asked whether a code is
    declared. Raises Refusal if the value is no event, or if the data do not fit a known type. If
    such a value holds personal data, the refusal names these, so that nothing of it is kept.
    """
    if _NULL_ESCAPE not in value and (valid := decode_valid(value)) is not None:
        with suppress(Refusal):  # of an instant that does not exist: reported below
            return envelope_of(*valid)
    return decode_step_by_step(value)


def decode_step_by_step(value: bytes) -> Envelope[Event]:
    """Decode without the fast path: slower, but able to say what is wrong."""
    try:
        decoded = from_json(value, allow_inf_nan=False)
    except ValueError as error:
        problem = personal_data.search_text(value.decode(errors="replace"))
        detail = f"This is not JSON: {error}."
        unreadable = Problem("E1101", "$", detail, "Send one JSON object in UTF-8.")
        raise Refusal(problem or unreadable) from None
    if _NULL_ESCAPE in value and has_forbidden_character(decoded):
        raise Refusal(personal_data.search_event(decoded) or forbidden_character())
    try:
        return _parse_envelope(_parse_attributes(decoded))
    except Refusal as refused:
        if problem := personal_data.search_event(decoded):
            raise Refusal(problem) from None
        raise Refusal(*refused.problems) from None


def _parse_attributes(decoded: object) -> Attributes:
    """Return the attributes of a JSON value; raise Refusal if they are malformed."""
    if not isinstance(decoded, dict):
        raise refusal("E1102", "$", "An event is a JSON object.", "Send one JSON object.")
    try:
        return Attributes.model_validate(decoded, extra="ignore")
    except ValidationError as error:
        raise Refusal(*problems_of_attributes(error, ATTRIBUTE_NAMES)) from None


def _parse_envelope(attributes: Attributes) -> Envelope[Event]:
    """Return the envelope of attributes whose data fit their type; raise Refusal if they do not."""
    kind = BY_TYPE.get(attributes.type)
    return envelope_of(attributes, None if kind is None else _event_of(kind, attributes))


def wrong_subject(kind: type[Event]) -> Problem:
    """Return the problem of a code that events of this type cannot be about."""
    prefixes = " or ".join(f"{letter}-" for letter in kind.SUBJECT)
    detail = f"{kind.TYPE} cannot be about such a code."
    return Problem("E1114", "$.subject", detail, f"Its subject begins with {prefixes}.")


def envelope_of(attributes: Attributes, data: Event | None) -> Envelope[Event]:
    """Return the envelope of attributes and data; raise Refusal for an instant that is none."""
    recorded = attributes.recordedtime
    return Envelope(
        attributes.id,
        attributes.source,
        attributes.type,
        attributes.subject,
        parse_instant(attributes.time, "time"),
        data,
        attributes.data if data is None else NOTHING,
        attributes.factid or attributes.id,
        attributes.revision,
        None if recorded is None else parse_instant(recorded, "recordedtime"),
        attributes.correlationid,
        attributes.causationid,
        attributes.traceparent,
    )


def parse_instant(text: str, name: str) -> datetime:
    """Return the UTC instant in an attribute; digits finer than a microsecond are cut off."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):  # UTC may lie outside the years 1 to 9999
        raise refusal("E1112", f"$.{name}", "There is no such instant.", REMEDIES[name]) from None


def field_names(kind: type[Event]) -> Collection[str]:
    """Return the names of a type's fields in JSON."""
    return [field.alias or name for name, field in kind.model_fields.items()]


def _event_of(kind: type[Event], attributes: Attributes) -> Event:
    """Return the data as the model reads them, about a subject that the type may be about."""
    if attributes.subject[0] not in kind.SUBJECT:
        raise Refusal(wrong_subject(kind))
    try:
        return kind.model_validate(attributes.data, extra="ignore", by_alias=True, by_name=False)
    except ValidationError as error:
        raise Refusal(*problems_of_data(error, field_names(kind))) from None
