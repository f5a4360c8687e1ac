"""The attributes of the envelope in JSON: CloudEvents 1.0 with this system's extensions."""

from datetime import UTC, datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, InstanceOf

from .codes import Counter, Id, InstantText, Omittable, Source, Subject, TraceParent, TypeName


class Attributes(BaseModel):
    """The attributes of an event in structured JSON (CloudEvents 1.0), with our extensions.

    As CloudEvents allows, `datacontenttype` may be left out and then is `application/json`.
    `correlationid` and `causationid` have the form of an `id`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    specversion: Literal["1.0"]
    id: Id
    source: Source
    type: TypeName
    subject: Subject
    time: InstantText
    datacontenttype: Omittable[Literal["application/json"]] = None
    data: InstanceOf[dict[str, object]]
    factid: Omittable[Id] = None
    revision: Counter = 1
    recordedtime: Omittable[InstantText] = None
    correlationid: Omittable[Id] = None
    causationid: Omittable[Id] = None
    traceparent: Omittable[TraceParent] = None


ATTRIBUTE_NAMES: Final = tuple(Attributes.model_fields)


def format_instant(instant: datetime) -> str:
    """Return an instant in UTC, exact and as short as possible: seconds, milli- or microseconds."""
    if instant.microsecond == 0:
        spec = "seconds"
    else:
        spec = "microseconds" if instant.microsecond % 1000 else "milliseconds"
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=spec) + "Z"
