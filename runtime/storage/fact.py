"""A fact as a service knows it, and the questions that pure models ask of a subject's facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar, cast

from schemas.envelope import fact_type_of
from schemas.events.event import Event
from schemas.rules.recorded_fact import Precedence

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
    def type(self) -> str:
        """The type of the record, without its version."""
        return fact_type_of(self.event.TYPE)

    @property
    def on(self) -> date:
        """The civil day on which it happened."""
        return self.event.on


Facts = Sequence[KnownFact[Event]]


def facts_of_type(facts: Facts, event_class: type[E]) -> list[KnownFact[E]]:
    """Return the facts with an event of this class, in the same order."""
    return [cast("KnownFact[E]", fact) for fact in facts if isinstance(fact.event, event_class)]


PRECEDENCE_COLUMNS = ", ".join(Precedence._fields)
"""The columns, in SQL, by which the states of a record are compared."""


def precedence_in(table: str) -> str:
    """Return these columns of a table."""
    return ", ".join(f"{table}.{column}" for column in Precedence._fields)
