"""The envelope: saying an event as bytes, and hearing bytes as an event."""

import hashlib
import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, Generic, NamedTuple, TypeVar

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from . import personal_data
from .attributes import Attributes, Extra, attributes_of, instant_of, text_of
from .catalogue import BY_TYPE
from .event import Event
from .fitting import refusal_of_data
from .problem import Problem, Refusal, refusal
from .whole import whole

CONTENT_TYPE: Final = "application/cloudevents+json"
RETRACTED: Final = ".fact.retracted"
NOTHING: Final[Mapping[str, object]] = {}

E_co = TypeVar("E_co", bound=Event, covariant=True)
E = TypeVar("E", bound=Event)


class Envelope(NamedTuple, Generic[E_co]):
    """One event with all that is said about it. Instants are aware and in UTC.

    A tuple, because a frozen dataclass of so many fields takes four times as long to make.
    """

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    data: E_co | None
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
        return fact_type_of(self.type)

    @property
    def version(self) -> int:
        """The version of the type."""
        return _parts_of(self.type)[1]

    @property
    def is_retraction(self) -> bool:
        """Whether this takes a fact back instead of stating one."""
        return self.fact_type.endswith(RETRACTED)

    @property
    def stated_type(self) -> str:
        """The type, without version, of the fact this is a state of: what a retraction names."""
        if not self.is_retraction:
            return self.fact_type
        named = self.content.get("type") if self.data is None else getattr(self.data, "type", None)
        return named if isinstance(named, str) else self.fact_type

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """The fact: (source, type without version, subject, factid).

        A retraction has the identity of the fact it takes back.
        """
        return (self.source, self.stated_type, self.subject, self.factid)


def fact_type_of(event_type: str) -> str:
    """A type without its version."""
    return _parts_of(event_type)[0]


def say(  # noqa: PLR0913 - the envelope's attributes, each by its name
    event: E,
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
) -> Envelope[E]:
    """An envelope around an event of ours.

    Raises ValueError if an attribute is malformed: what is said could not be heard.
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
    Attributes.model_validate({**_said(envelope), "data": {}})
    if subject[0] not in event.SUBJECT:
        raise ValueError(f"{event.TYPE} is not said of a code that begins with {subject[0]}")
    return envelope


def stamped(envelope: Envelope[E], recordedtime: datetime) -> Envelope[E]:
    """The same envelope with the instant at which our door accepted it."""
    return envelope._replace(recordedtime=_utc(recordedtime))


def to_bytes(envelope: Envelope[Event]) -> bytes:
    """The Kafka value: the whole event as structured JSON. Defaults are written out."""
    return to_json({**_said(envelope), "data": _data(envelope)})


def hear(value: bytes) -> Envelope[Event]:
    """The event in a Kafka value, tolerantly: what is not known is ignored, never lost.

    Ignores attributes and fields it does not know, reads null in an optional one as absent, keeps
    the content of an unknown type or version, asks no catalogue whether a code is declared.
    Raises Refusal for what is no event, and for a known type whose data do not fit; if that
    message holds personal data, for these, so that nothing of it is kept.
    """
    if (read := whole(value)) is not None:
        with suppress(Refusal):  # of an instant that does not exist: told below
            return _envelope(*read)
    try:
        decoded = from_json(value, allow_inf_nan=False)
    except ValueError as error:
        problem = personal_data.search_text(value.decode(errors="replace"))
        unreadable = Problem("E1101", "$", f"No JSON: {error}.", "Send one JSON object in UTF-8.")
        raise Refusal(problem or unreadable) from None
    try:
        return envelope_of(attributes_of(decoded, extra="ignore"), extra="ignore")
    except Refusal as refused:
        raise Refusal(personal_data.search_event(decoded) or refused.problem) from None


def envelope_of(said: Attributes, *, extra: Extra) -> Envelope[Event]:
    """The envelope of attributes whose data fit their type; raises Refusal if they do not."""
    kind = BY_TYPE.get(said.type)
    return _envelope(said, None if kind is None else _fitted(kind, said, extra))


def _envelope(said: Attributes, data: Event | None) -> Envelope[Event]:
    recorded = said.recordedtime
    return Envelope(
        said.id,
        said.source,
        said.type,
        said.subject,
        instant_of(said.time, "time"),
        data,
        said.data if data is None else NOTHING,
        said.factid or said.id,
        said.revision,
        None if recorded is None else instant_of(recorded, "recordedtime"),
        said.correlationid,
        said.causationid,
        said.traceparent,
    )


def content_digest(envelope: Envelope[Event]) -> bytes:
    """SHA-256 of what is said: type, subject, factid, revision, data as the model reads them.

    Two events of one (source, id) are duplicates if their digests are equal, else a conflict.
    Defaults are left out before hashing, so that an optional field added later changes nothing.
    """
    return digest_of(envelope, content_of(envelope))


def content_of(envelope: Envelope[Event]) -> bytes:
    """The data as JSON that does not depend on how they were said.

    Names in order, lists as sets, and of a known type without defaults, as the model reads them.
    """
    # What a known model reads is ASCII: then the faster writer gives the same bytes.
    return _canonical(_read(envelope)) if envelope.data is None else to_json(_read(envelope))


def digest_of(envelope: Envelope[Event], content: bytes) -> bytes:
    """The content digest of an event whose data were written by `content_of`."""
    said = to_json([envelope.type, envelope.subject, envelope.factid, envelope.revision])
    return hashlib.sha256(b"%b,%b]" % (said[:-1], content)).digest()


def difference(a: Envelope[Event], b: Envelope[Event]) -> tuple[str, ...]:
    """The JSON paths at which two events of one (source, id) differ; none for duplicates."""
    names = ("type", "subject", "factid", "revision")
    outer = [f"$.{name}" for name in names if getattr(a, name) != getattr(b, name)]
    left, right = _read(a), _read(b)
    fields = sorted(left.keys() | right.keys())
    return (*outer, *(f"$.data.{f}" for f in fields if left.get(f) != right.get(f)))


def field_names(kind: type[Event]) -> Collection[str]:
    """The names of a type's fields as they stand in JSON."""
    return [field.alias or name for name, field in kind.model_fields.items()]


def _fitted(kind: type[Event], said: Attributes, extra: Extra) -> Event:
    """The data as the model reads them, about a subject that the type may be about."""
    if said.subject[0] not in kind.SUBJECT:
        prefixes = " or ".join(f"{letter}-" for letter in kind.SUBJECT)
        detail = f"{kind.TYPE} is not said of such a code."
        raise refusal("E1114", "$.subject", detail, f"Its subject begins with {prefixes}.")
    try:
        return kind.model_validate(said.data, extra=extra, by_alias=True, by_name=False)
    except ValidationError as error:
        raise refusal_of_data(error, field_names(kind)) from None


def _said(envelope: Envelope[Event]) -> dict[str, object]:
    """The attributes without the data, absent ones left out."""
    said = {
        "specversion": "1.0",
        "id": envelope.id,
        "source": envelope.source,
        "type": envelope.type,
        "subject": envelope.subject,
        "time": text_of(envelope.time),
        "recordedtime": None if envelope.recordedtime is None else text_of(envelope.recordedtime),
        "datacontenttype": "application/json",
        "factid": envelope.factid,
        "revision": envelope.revision,
        "correlationid": envelope.correlationid,
        "causationid": envelope.causationid,
        "traceparent": envelope.traceparent,
    }
    return {name: value for name, value in said.items() if value is not None}


def _data(envelope: Envelope[Event]) -> Mapping[str, object]:
    if envelope.data is None:
        return envelope.content
    return envelope.data.model_dump(mode="json", by_alias=True, exclude_none=True)


@lru_cache(maxsize=1024)  # asked several times of every event, and there are some dozens of types
def _parts_of(event_type: str) -> tuple[str, int]:
    """A type without its version, and the version."""
    name, _, version = event_type.rpartition(".v")
    return name, int(version)


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return instant.astimezone(UTC)


def _read(envelope: Envelope[Event]) -> dict[str, object]:
    """The data as the model reads them, without defaults, lists as sets, by name; or as said."""
    if envelope.data is None:
        return {name: _as_set(value) for name, value in envelope.content.items()}
    read = envelope.data.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for name, value in read.items():
        if type(value) is list:
            read[name] = _as_set(value)
    return dict(sorted(read.items()))


def _as_set(value: object) -> object:
    """A list in an order that does not depend on how it was said."""
    if isinstance(value, list) and len(value) > 1:
        return sorted(value, key=_canonical)
    return value


def _canonical(value: object) -> bytes:
    return _CANONICAL.encode(value).encode()


_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
