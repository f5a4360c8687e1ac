"""The CloudEvents envelope: saying an event as bytes, and hearing bytes as an event."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Generic, Literal, NoReturn, NotRequired, TypeVar

from pydantic import ConfigDict, InstanceOf, TypeAdapter, ValidationError, with_config
from pydantic_core import from_json, to_json
from typing_extensions import TypedDict

from .catalogue import BY_TYPE
from .codes import FactId, InstantText, Source, Subject, TraceParent, TypeName, Version
from .event import Event
from .fitting import FORMS, refusal_of_data, refusal_of_envelope
from .problem import refusal

CONTENT_TYPE: Final = "application/cloudevents+json"
RETRACTED: Final = "fact.retracted"
NOTHING: Final[Mapping[str, object]] = {}

E = TypeVar("E", bound=Event, covariant=True)
F = TypeVar("F", bound=Event)


@dataclass(frozen=True, slots=True)
class Envelope(Generic[E]):
    """One event with all that is said about it. Instants are aware and in UTC."""

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    data: E | None
    """None: a type or version that this program does not know; then see `content`."""
    content: Mapping[str, object]
    """The data as said, only of an unknown type; otherwise empty."""
    factid: str
    revision: int = 1
    recordedtime: datetime | None = None
    correlationid: str | None = None
    causationid: str | None = None
    traceparent: str | None = None

    @property
    def fact_type(self) -> str:
        """The type without its version; of a retraction `<domain>.fact.retracted`."""
        return self.type.rpartition(".v")[0]

    @property
    def version(self) -> int:
        """The version of the type."""
        return int(self.type.rpartition(".v")[2])

    @property
    def is_retraction(self) -> bool:
        """Whether this takes a fact back instead of stating one."""
        return self.fact_type.endswith("." + RETRACTED)

    @property
    def stated_type(self) -> str:
        """The type without version of the fact this is a state of: for a retraction its own."""
        if not self.is_retraction:
            return self.fact_type
        stated = self.content.get("type") if self.data is None else getattr(self.data, "type", None)
        return stated if isinstance(stated, str) else self.fact_type

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """The fact: (source, type without version, subject, factid); of a retraction its own."""
        return (self.source, self.stated_type, self.subject, self.factid)


@with_config(ConfigDict(extra="forbid", hide_input_in_errors=True))
class Attributes(TypedDict):
    """The envelope as it stands in JSON."""

    specversion: Literal["1.0"]
    id: FactId
    source: Source
    type: TypeName
    subject: Subject
    time: InstantText
    datacontenttype: NotRequired[Literal["application/json"]]
    data: InstanceOf[dict[str, object]]
    factid: NotRequired[FactId]
    revision: NotRequired[Version]
    recordedtime: NotRequired[InstantText]
    correlationid: NotRequired[FactId]
    causationid: NotRequired[FactId]
    traceparent: NotRequired[TraceParent]


Extra = Literal["forbid", "ignore"]


def say(  # noqa: PLR0913 - the envelope's attributes, each by its name
    event: F,
    *,
    id: str,  # noqa: A002 - CloudEvents calls it so
    source: str,
    subject: str,
    time: datetime,
    factid: str | None = None,
    revision: int = 1,
    causationid: str | None = None,
    correlationid: str | None = None,
    traceparent: str | None = None,
) -> Envelope[F]:
    """An envelope around an event of ours; raises ValueError if it could not be heard."""
    envelope = Envelope(
        id=id,
        source=source,
        type=event.TYPE,
        subject=subject,
        time=_utc(time),
        data=event,
        content=NOTHING,
        factid=factid or id,
        revision=revision,
        correlationid=correlationid,
        causationid=causationid,
        traceparent=traceparent,
    )
    _SAID.validate_python({**_attributes(envelope), "data": {}})
    if subject[0] not in event.SUBJECT:
        raise ValueError(f"{event.TYPE} is not said of {subject}")
    return envelope


def stamped(envelope: Envelope[F], recordedtime: datetime) -> Envelope[F]:
    """The same envelope with the instant at which our door accepted it."""
    return replace(envelope, recordedtime=_utc(recordedtime))


def to_bytes(envelope: Envelope[Event]) -> bytes:
    """The Kafka value: the whole event as structured JSON."""
    said = _attributes(envelope)
    data = envelope.content if envelope.data is None else _said(envelope.data)
    return to_json({**said, "data": data})


def hear(value: bytes) -> Envelope[Event]:
    """The event in a Kafka value, tolerantly: what is not known is ignored, never lost.

    Ignores attributes and fields it does not know, reads null in an optional field as absent,
    keeps the content of an unknown type or version. Raises Refusal for what is no event.
    """
    try:
        decoded = from_json(value, allow_inf_nan=False)
    except ValueError as error:
        raise refusal(
            "E1101", "$", f"This is no JSON in UTF-8 ({error}).", "Send one JSON object."
        ) from None
    return envelope_of(attributes_of(decoded, extra="ignore"), extra="ignore")


def attributes_of(decoded: object, *, extra: Extra) -> Attributes:
    """The attributes of a decoded event; raises Refusal if they are malformed."""
    if not isinstance(decoded, dict):
        raise refusal("E1102", "$", "An event is a JSON object.", "Send one JSON object.")
    try:
        return _SAID.validate_python(decoded, extra=extra)
    except ValidationError as error:
        raise refusal_of_envelope(error, ATTRIBUTES) from None


def envelope_of(said: Attributes, *, extra: Extra) -> Envelope[Event]:
    """The envelope of attributes whose data fit their type; raises Refusal if they do not."""
    kind = BY_TYPE.get(said["type"])
    event = None if kind is None else fitted(kind, said["data"], extra=extra)
    if kind is not None and said["subject"][0] not in kind.SUBJECT:
        _refuse_subject(kind)
    recorded = said.get("recordedtime")
    return Envelope(
        said["id"],
        said["source"],
        said["type"],
        said["subject"],
        _instant(said["time"], "time"),
        event,
        NOTHING if event is not None else said["data"],
        said.get("factid") or said["id"],
        said.get("revision", 1),
        None if recorded is None else _instant(recorded, "recordedtime"),
        said.get("correlationid"),
        said.get("causationid"),
        said.get("traceparent"),
    )


def fitted(kind: type[F], data: Mapping[str, object], *, extra: Extra) -> F:
    """The data as the model reads them; raises Refusal if they do not fit."""
    try:
        return kind.model_validate(data, extra=extra, by_alias=True, by_name=False)
    except ValidationError as error:
        raise refusal_of_data(error, field_names(kind)) from None


def field_names(kind: type[Event]) -> Collection[str]:
    """The names of a type's fields as they stand in JSON."""
    return [field.alias or name for name, field in kind.model_fields.items()]


def content_digest(envelope: Envelope[Event]) -> bytes:
    """SHA-256 of what is said: type, subject, factid, revision, data as the model reads them.

    Two events of one (source, id) are duplicates if their digests are equal, else a conflict.
    Defaults are left out before hashing, so that an optional field added later changes nothing.
    """
    said = [envelope.type, envelope.subject, envelope.factid, envelope.revision, _read(envelope)]
    return hashlib.sha256(_canonical(said)).digest()


def difference(a: Envelope[Event], b: Envelope[Event]) -> tuple[str, ...]:
    """The JSON paths at which two events of one (source, id) differ; empty for duplicates."""
    names = ("type", "subject", "factid", "revision")
    outer = [f"$.{name}" for name in names if getattr(a, name) != getattr(b, name)]
    left, right = _read(a), _read(b)
    fields = sorted(left.keys() | right.keys())
    return (*outer, *(f"$.data.{f}" for f in fields if left.get(f) != right.get(f)))


def _read(envelope: Envelope[Event]) -> dict[str, object]:
    """The data as the model reads them: without defaults, lists as sets."""
    if envelope.data is None:
        return {name: _as_set(value) for name, value in envelope.content.items()}
    read = envelope.data.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return {name: _as_set(value) for name, value in read.items()}


def _as_set(value: object) -> object:
    """A list in an order of its own."""
    return sorted(value, key=_canonical) if isinstance(value, list | tuple) else value


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _attributes(envelope: Envelope[Event]) -> dict[str, object]:
    """The attributes without the data, absent ones left out."""
    said: dict[str, object] = {
        "specversion": "1.0",
        "id": envelope.id,
        "source": envelope.source,
        "type": envelope.type,
        "subject": envelope.subject,
        "time": _text(envelope.time),
        "datacontenttype": "application/json",
        "factid": envelope.factid,
        "revision": envelope.revision,
    }
    if envelope.recordedtime is not None:
        said["recordedtime"] = _text(envelope.recordedtime)
    for name in ("correlationid", "causationid", "traceparent"):
        if (value := getattr(envelope, name)) is not None:
            said[name] = value
    return said


def _said(event: Event) -> dict[str, object]:
    return event.model_dump(mode="json", by_alias=True, exclude_none=True)


def _instant(text: str, name: str) -> datetime:
    """A UTC instant to the microsecond; finer digits are cut off."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise refusal("E1112", f"$.{name}", "There is no such instant.", FORMS[name]) from None


def _text(instant: datetime) -> str:
    """As short as it is exact: whole seconds, milliseconds or microseconds."""
    if instant.microsecond == 0:
        spec = "seconds"
    else:
        spec = "microseconds" if instant.microsecond % 1000 else "milliseconds"
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=spec) + "Z"


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant without a time zone")
    return instant.astimezone(UTC)


def _refuse_subject(kind: type[Event]) -> NoReturn:
    prefixes = " or ".join(f"{letter}-" for letter in kind.SUBJECT)
    raise refusal(
        "E1114",
        "$.subject",
        f"{kind.TYPE} is not said of such a code.",
        f"Its subject begins with {prefixes}.",
    )


_SAID: Final[TypeAdapter[Attributes]] = TypeAdapter(Attributes)
ATTRIBUTES: Final = tuple(Attributes.__annotations__)
