"""A fact as a service knows it, and the questions that pure models ask of a subject's facts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar, cast

from schemas.events.event import Event

E_co = TypeVar("E_co", bound=Event, covariant=True)
E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class KnownFact(Generic[E_co]):
    """The newest state of one business record; a retracted record is no fact."""

    source: str
    subject: str
    factid: str
    revision: int
    event: E_co

    @property
    def on(self) -> date:
        """The civil day on which it happened."""
        return self.event.on


Facts = Sequence[KnownFact[Event]]


def facts_of_type(facts: Facts, event_class: type[E]) -> list[KnownFact[E]]:
    """Return the facts with an event of this class, in the same order."""
    return [cast("KnownFact[E]", fact) for fact in facts if isinstance(fact.event, event_class)]


def in_order(facts: Iterable[KnownFact[E]]) -> tuple[KnownFact[E], ...]:
    """Return the facts ordered by day, then by keys that do not depend on the order of arrival."""
    return tuple(sorted(facts, key=_order))


def _order(fact: KnownFact[Event]) -> tuple[date, str, str, str, str]:
    return fact.on, fact.source, fact.event.TYPE, fact.factid, fact.subject
