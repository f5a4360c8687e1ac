"""A fact as a service knows it, and the questions that pure models ask of many facts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar, cast

from schemas.event import Event

E_co = TypeVar("E_co", bound=Event, covariant=True)
E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Fact(Generic[E_co]):
    """The newest state of one business record; a retracted one is no fact any more."""

    source: str
    subject: str
    factid: str
    revision: int
    event: E_co

    @property
    def on(self) -> date:
        """The civil day on which it happened."""
        return self.event.on


Facts = Sequence[Fact[Event]]


def told(facts: Facts, kind: type[E]) -> list[Fact[E]]:
    """Those of the facts that are of one kind, as they are ordered."""
    return [cast("Fact[E]", fact) for fact in facts if isinstance(fact.event, kind)]


def in_order(facts: Iterable[Fact[E]]) -> tuple[Fact[E], ...]:
    """Ordered by day, then by what does not depend on the order of arrival."""
    return tuple(sorted(facts, key=_order))


def _order(fact: Fact[Event]) -> tuple[date, str, str, str, str]:
    return fact.on, fact.source, fact.event.TYPE, fact.factid, fact.subject
