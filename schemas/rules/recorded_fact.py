"""What the rules need of a fact: which of its states counts, and which of two facts comes first."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple, Protocol, TypeVar

from ..envelope import Envelope
from ..events.event import Event
from ..events.matching import JobseekerDeregistered
from ..events.registration import PersonEnrolled, PersonMoved, ReturneeRegistered

E_co = TypeVar("E_co", bound=Event, covariant=True)


class RecordedFact(Protocol[E_co]):
    """The newest state of one business record, in the form of any service.

    Source, type, subject and factid together name the record.
    """

    @property
    def source(self) -> str:
        """The partner or service that recorded it."""

    @property
    def type(self) -> str:
        """Its type without the version."""

    @property
    def subject(self) -> str:
        """Whom or what it is about."""

    @property
    def factid(self) -> str:
        """Its name within source, type and subject."""

    @property
    def event(self) -> E_co:
        """Its data."""

    @property
    def on(self) -> date:
        """The civil day on which it happened."""


F = TypeVar("F", bound=RecordedFact[Event])


class Precedence(NamedTuple):
    """The sort key of a record's states: the greatest counts, in any order of arrival.

    Tables that keep states have columns of these names.
    """

    revision: int
    is_retraction: bool
    version: int
    event_id: str


def precedence_of(event: Envelope[Event]) -> Precedence:
    """Return the precedence of the state that an event records."""
    return Precedence(event.revision, event.is_retraction, event.version, event.id)


def in_order(facts: Iterable[F]) -> list[F]:
    """Return facts of one subject in the order in which they count."""
    return sorted(facts, key=sort_key)


def sort_key(fact: RecordedFact[Event]) -> tuple[date, int, str, str, str, str]:
    """Return the key that orders the facts of one subject."""
    rank = _SAME_DAY_RANK.get(type(fact.event), _OTHER_RANK)
    return (fact.on, rank, fact.source, fact.type, fact.factid, fact.subject)


_SAME_DAY_RANK: Mapping[type[Event], int] = {
    JobseekerDeregistered: 0,
    ReturneeRegistered: 1,
    PersonEnrolled: 1,
    PersonMoved: 2,
}
_OTHER_RANK = 3
