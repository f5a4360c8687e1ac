"""The attributes of the envelope in JSON: CloudEvents 1.0 with this system's extensions."""

from datetime import UTC, datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, InstanceOf

from .codes import (
    ContentType,
    Counter,
    Id,
    InstantText,
    OffsetInstantText,
    Omittable,
    Source,
    Subject,
    TraceParent,
    TypeName,
)


class Attributes(BaseModel):
    """The attributes of an event in structured JSON (CloudEvents 1.0), with our extensions.

    As CloudEvents allows, `datacontenttype` may be left out and then is `application/json`.
    `correlationid` and `causationid` have the form of an `id`. `time` may have any offset and is
    kept in UTC. CloudEvents' `dataschema`, `tracestate`, `partitionkey`, `sequence` and
    `sampledrate` may be sent too and are not kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    specversion: Literal["1.0"]
    id: Id
    source: Source
    type: TypeName
    subject: Subject
    time: OffsetInstantText
    datacontenttype: Omittable[ContentType] = None
    data: InstanceOf[dict[str, object]]
    factid: Omittable[Id] = None
    revision: Counter = 1
    recordedtime: Omittable[InstantText] = None
    correlationid: Omittable[Id] = None
    causationid: Omittable[Id] = None
    traceparent: Omittable[TraceParent] = None


ATTRIBUTE_NAMES: Final = tuple(Attributes.model_fields)
NOT_KEPT: Final = frozenset({"dataschema", "tracestate", "partitionkey", "sequence", "sampledrate"})
"""CloudEvents' optional attributes and documented extensions that intake accepts and drops."""


def format_instant(instant: datetime) -> str:
    """Return an instant in UTC, exact and as short as possible: seconds, milli- or microseconds."""
    if instant.microsecond == 0:
        spec = "seconds"
    else:
        spec = "microseconds" if instant.microsecond % 1000 else "milliseconds"
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=spec) + "Z"
