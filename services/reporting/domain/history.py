"""The history of one subject: the newest state of its facts, in the order in which they count."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import wraps
from typing import Generic, NamedTuple, cast

from typing_extensions import TypeVar

from schemas.events.event import Event
from schemas.events.matching import MatchingFactRetracted
from schemas.events.reference import ReferenceFactRetracted
from schemas.events.registration import RegistrationFactRetracted
from schemas.events.training import TrainingFactRetracted
from schemas.periods import DayRange
from schemas.rules.recorded_fact import Precedence, in_order
from schemas.territory import council_of

E_co = TypeVar("E_co", bound=Event, covariant=True, default=Event)
K = TypeVar("K", bound=Event)
T = TypeVar("T")

Retraction = (
    RegistrationFactRetracted
    | TrainingFactRetracted
    | MatchingFactRetracted
    | ReferenceFactRetracted
)
Identity = tuple[str, str, str, str]
_class_of = type  # inside `Fact` the name `type` is the field


class Fact(NamedTuple, Generic[E_co]):
    """One recording or retraction of a business record; `type` is without the version.

    Only events of a known type and version become facts; others are stored, but make no entries.
    """

    source: str
    type: str
    version: int
    subject: str
    factid: str
    revision: int
    event_id: str
    recorded_at: datetime
    event: E_co

    @property
    def on(self) -> date:
        """The civil day on which it happened; every rule of counting uses this day only."""
        return self.event.on

    @property
    def is_retraction(self) -> bool:
        """Whether it retracts a record instead of recording it."""
        return _class_of(self.event) in RETRACTIONS

    @property
    def identity(self) -> Identity:
        """The business record it is about; for a retraction, the retracted one."""
        if _class_of(self.event) in RETRACTIONS:
            stated = cast("Retraction", self.event).type
            return (self.source, stated, self.subject, self.factid)
        return (self.source, self.type, self.subject, self.factid)

    @property
    def precedence(self) -> Precedence:
        """The sort key of the record's states."""
        return Precedence(self.revision, self.is_retraction, self.version, self.event_id)


def newest(facts: Iterable[Fact]) -> list[Fact]:
    """Return each record's newest state, without retracted ones, from facts in any order."""
    heads: dict[Identity, Fact] = {}
    for fact in facts:
        identity = fact.identity
        head = heads.get(identity)
        if head is None or fact.precedence > head.precedence:
            heads[identity] = fact
    return [fact for fact in heads.values() if not fact.is_retraction]


class History:
    """The newest facts of all codes of one subject, in order; immutable."""

    __slots__ = ("_by_class", "cache", "facts")

    def __init__(self, facts: Iterable[Fact]) -> None:
        self.facts: Sequence[Fact] = in_order(newest(facts))
        self.cache: dict[object, object] = {}
        self._by_class: dict[type[Event], list[Fact]] = {}
        for fact in self.facts:
            self._by_class.setdefault(type(fact.event), []).append(fact)

    @property
    def classes(self) -> frozenset[type[Event]]:
        """The classes of its events."""
        return frozenset(self._by_class)

    def of(self, kind: type[K]) -> Sequence[Fact[K]]:
        """Return the facts of one class of events, in order."""
        return cast("Sequence[Fact[K]]", self._by_class.get(kind, ()))

    def any_of(self, *kinds: type[Event]) -> list[Fact]:
        """Return the facts of any of these classes, class by class."""
        return [fact for kind in kinds for fact in self._by_class.get(kind, ())]

    def has_any(self, kind: type[Event], within: DayRange) -> bool:
        """Return whether a fact of this class lies in the range of days."""
        return any(within.contains(fact.on) for fact in self.of(kind))


def cached_on_history(rule: Callable[[History], T]) -> Callable[[History], T]:
    """Decorate a rule so that it is computed once per history, for all measures that use it."""

    @wraps(rule)
    def cached(history: History) -> T:
        cache = history.cache
        if rule not in cache:
            cache[rule] = rule(history)
        return cast("T", cache[rule])

    return cached


def council_of_fact(fact: Fact) -> str:
    """Return the council of the fact's municipality; `_COUNTRYWIDE` if it names none."""
    municipality: str | None = getattr(fact.event, "municipality", None)
    return _COUNTRYWIDE if municipality is None else council_of(municipality)


_COUNTRYWIDE = ""  # only an observation may name no municipality

RETRACTIONS: frozenset[type[Event]] = frozenset(
    {
        RegistrationFactRetracted,
        TrainingFactRetracted,
        MatchingFactRetracted,
        ReferenceFactRetracted,
    }
)
