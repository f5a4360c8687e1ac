"""The envelope: one event with its CloudEvents attributes, its bytes and its content digest."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, Generic, NamedTuple, TypeVar

from pydantic_core import to_json

from .attributes import Attributes, format_instant
from .events.event import Event

CONTENT_TYPE: Final = "application/cloudevents+json"
RETRACTED: Final = ".fact.retracted"
NOTHING: Final[Mapping[str, object]] = {}

E_co = TypeVar("E_co", bound=Event, covariant=True)
E = TypeVar("E", bound=Event)


class Envelope(NamedTuple, Generic[E_co]):
    """One event with its attributes. Instants are timezone-aware and in UTC.

    A named tuple, because a frozen dataclass with so many fields takes four times as long to
    create.
    """

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    data: E_co | None
    """None if this program does not know the type or version; then `content` holds the data."""
    content: Mapping[str, object]
    """The data as received, for an unknown type only; otherwise empty."""
    factid: str
    revision: int = 1
    recordedtime: datetime | None = None
    correlationid: str | None = None
    causationid: str | None = None
    traceparent: str | None = None

    @property
    def fact_type(self) -> str:
        """The type without its version; of a retraction `<domain>.fact.retracted`."""
        return fact_type_of(self.type)

    @property
    def version(self) -> int:
        """The version of the type."""
        return _parts_of(self.type)[1]

    @property
    def is_retraction(self) -> bool:
        """Whether this event retracts a fact instead of stating one."""
        return self.fact_type.endswith(RETRACTED)

    @property
    def stated_type(self) -> str:
        """The type, without version, of the fact; of a retraction the type that it names."""
        if not self.is_retraction:
            return self.fact_type
        named = self.content.get("type") if self.data is None else getattr(self.data, "type", None)
        return named if isinstance(named, str) else self.fact_type

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """The identity of the fact: (source, type without version, subject, factid).

        A retraction has the identity of the fact that it retracts.
        """
        return (self.source, self.stated_type, self.subject, self.factid)


def fact_type_of(event_type: str) -> str:
    """Return a type without its version."""
    return _parts_of(event_type)[0]


def new_event(  # noqa: PLR0913 - the envelope's attributes, each by its name
    event: E,
    *,
    id: str,  # noqa: A002 - the attribute's name in CloudEvents
    source: str,
    subject: str,
    time: datetime,
    factid: str | None = None,
    revision: int = 1,
    causationid: str | None = None,
    correlationid: str | None = None,
    traceparent: str | None = None,
) -> Envelope[E]:
    """Put event data into an envelope.

    `factid` is by default the id. Raises ValueError if an attribute is malformed or the type
    cannot be about this subject, because no consumer could decode the event.
    """
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
    Attributes.model_validate({**_attributes(envelope), "data": {}})
    if subject[0] not in event.SUBJECT:
        raise ValueError(f"{event.TYPE} cannot be about a code that begins with {subject[0]}-")
    return envelope


def with_recordedtime(envelope: Envelope[E], recordedtime: datetime) -> Envelope[E]:
    """Return the same envelope with the instant at which intake accepted it."""
    return envelope._replace(recordedtime=_utc(recordedtime))


def encode_event(envelope: Envelope[Event]) -> bytes:
    """Encode the event as the value of a Kafka record: structured JSON, defaults included."""
    return to_json({**_attributes(envelope), "data": _data(envelope)})


def content_digest(envelope: Envelope[Event]) -> bytes:
    """SHA-256 of type, subject, factid, revision and the data as the model reads them.

    Two events of one (source, id) are duplicates if their digests are equal, else a conflict.
    Defaults are left out before hashing, so that an optional field added later changes nothing.
    """
    return digest_of_content(envelope, canonical_content(envelope))


def canonical_content(envelope: Envelope[Event]) -> bytes:
    """Return the data as canonical JSON: names in order, lists as sorted sets.

    Of a known type the values are as the model reads them, without defaults.
    """
    # What a known model reads is ASCII: then the faster writer gives the same bytes.
    content = _comparable_data(envelope)
    return _canonical(content) if envelope.data is None else to_json(content)


def digest_of_content(envelope: Envelope[Event], content: bytes) -> bytes:
    """Return the content digest of an event whose data were written by `canonical_content`."""
    attributes = to_json([envelope.type, envelope.subject, envelope.factid, envelope.revision])
    return hashlib.sha256(b"%b,%b]" % (attributes[:-1], content)).digest()


def differing_paths(a: Envelope[Event], b: Envelope[Event]) -> tuple[str, ...]:
    """Return the JSON paths at which two events of one (source, id) differ; none for duplicates."""
    names = ("type", "subject", "factid", "revision")
    outer = [f"$.{name}" for name in names if getattr(a, name) != getattr(b, name)]
    left, right = _comparable_data(a), _comparable_data(b)
    fields = sorted(left.keys() | right.keys())
    return (*outer, *(f"$.data.{f}" for f in fields if left.get(f) != right.get(f)))


def _attributes(envelope: Envelope[Event]) -> dict[str, object]:
    """Return the attributes without the data; absent ones are left out."""
    attributes = {
        "specversion": "1.0",
        "id": envelope.id,
        "source": envelope.source,
        "type": envelope.type,
        "subject": envelope.subject,
        "time": format_instant(envelope.time),
        "recordedtime": None
        if envelope.recordedtime is None
        else format_instant(envelope.recordedtime),
        "datacontenttype": "application/json",
        "factid": envelope.factid,
        "revision": envelope.revision,
        "correlationid": envelope.correlationid,
        "causationid": envelope.causationid,
        "traceparent": envelope.traceparent,
    }
    return {name: value for name, value in attributes.items() if value is not None}


def _data(envelope: Envelope[Event]) -> Mapping[str, object]:
    if envelope.data is None:
        return envelope.content
    return envelope.data.model_dump(mode="json", by_alias=True, exclude_none=True)


@lru_cache(maxsize=1024)  # called several times for every event; there are some dozens of types
def _parts_of(event_type: str) -> tuple[str, int]:
    """Return a type without its version, and the version."""
    name, _, version = event_type.rpartition(".v")
    return name, int(version)


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return instant.astimezone(UTC)


def _comparable_data(envelope: Envelope[Event]) -> dict[str, object]:
    """Return the data by name, lists as sorted sets; of a known type without defaults."""
    if envelope.data is None:
        return {name: _as_set(value) for name, value in envelope.content.items()}
    data = envelope.data.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for name, value in data.items():
        if type(value) is list:
            data[name] = _as_set(value)
    return dict(sorted(data.items()))


def _as_set(value: object) -> object:
    """Sort a list, because the order of its elements has no meaning."""
    if isinstance(value, list) and len(value) > 1:
        return sorted(value, key=_canonical)
    return value


def _canonical(value: object) -> bytes:
    return _CANONICAL.encode(value).encode()


_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
