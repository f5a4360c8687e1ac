"""The attributes of the envelope as they stand in JSON, and how they are read."""

from datetime import UTC, datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, InstanceOf, ValidationError

from .codes import Counter, Id, InstantText, Maybe, Source, Subject, TraceParent, TypeName
from .fitting import HOW, refusal_of_attributes
from .problem import refusal

Extra = Literal["forbid", "ignore"]


class Attributes(BaseModel):
    """CloudEvents 1.0 in structured JSON, with the extensions of this language.

    As CloudEvents has it, `datacontenttype` may be left out and then is `application/json`.
    `correlationid` and `causationid` have the form of an `id`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    specversion: Literal["1.0"]
    id: Id
    source: Source
    type: TypeName
    subject: Subject
    time: InstantText
    datacontenttype: Maybe[Literal["application/json"]] = None
    data: InstanceOf[dict[str, object]]
    factid: Maybe[Id] = None
    revision: Counter = 1
    recordedtime: Maybe[InstantText] = None
    correlationid: Maybe[Id] = None
    causationid: Maybe[Id] = None
    traceparent: Maybe[TraceParent] = None


NAMES: Final = tuple(Attributes.model_fields)


def attributes_of(decoded: object, *, extra: Extra) -> Attributes:
    """The attributes of a decoded event; raises Refusal if they are malformed."""
    if not isinstance(decoded, dict):
        raise refusal("E1102", "$", "An event is a JSON object.", "Send one JSON object.")
    try:
        return Attributes.model_validate(decoded, extra=extra)
    except ValidationError as error:
        raise refusal_of_attributes(error, NAMES) from None


def instant_of(text: str, name: str) -> datetime:
    """The UTC instant of an attribute, to the microsecond: finer digits are cut off."""
    try:
        return datetime.fromisoformat(text)  # in UTC, by the form of the attribute
    except ValueError:
        raise refusal("E1112", f"$.{name}", "There is no such instant.", HOW[name]) from None


def text_of(instant: datetime) -> str:
    """An instant as short as it is exact: in whole seconds, milliseconds or microseconds."""
    if instant.microsecond == 0:
        spec = "seconds"
    else:
        spec = "microseconds" if instant.microsecond % 1000 else "milliseconds"
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=spec) + "Z"
