"""The history of one subject: its facts in their newest state, in the order that counting needs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import wraps
from typing import Generic, NamedTuple, cast

from typing_extensions import TypeVar

from schemas.event import Event
from schemas.matching import JobseekerDeregistered, MatchingFactRetracted
from schemas.reference import ReferenceFactRetracted
from schemas.registration import (
    PersonEnrolled,
    PersonMoved,
    RegistrationFactRetracted,
    ReturneeRegistered,
)
from schemas.territory import council_of
from schemas.training import TrainingFactRetracted

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
class_of = type  # inside `Fact` the name `type` is the event's


class Days(NamedTuple):
    """A window of civil days, both ends included."""

    first: date
    last: date

    def holds(self, day: date) -> bool:
        """Whether the day lies in the window."""
        return self.first <= day <= self.last


class Fact(NamedTuple, Generic[E_co]):
    """One statement or retraction of a business record; `type` is without the version.

    Only events of a known type and version become facts: the others are kept, without entries.
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
        """The civil day on which it happened: the only clock of counting."""
        return self.event.on

    @property
    def is_retraction(self) -> bool:
        """Whether it takes a record back instead of stating it."""
        return class_of(self.event) in RETRACTIONS

    @property
    def identity(self) -> Identity:
        """The business record it is about; for a retraction, the one it takes back."""
        if class_of(self.event) in RETRACTIONS:
            stated = cast("Retraction", self.event).type
            return (self.source, stated, self.subject, self.factid)
        return (self.source, self.type, self.subject, self.factid)

    @property
    def strength(self) -> tuple[int, bool, int, str]:
        """The state of greatest strength counts, whatever the order of arrival."""
        return (self.revision, self.is_retraction, self.version, self.event_id)


def in_order(facts: Iterable[Fact[K]]) -> list[Fact[K]]:
    """Facts of one subject as they follow one another."""
    return sorted(facts, key=order_of)


def order_of(fact: Fact) -> tuple[date, int, str, str, str, str]:
    """A fact's place among the facts of its subject (indicators.md section 1)."""
    rank = RANK_ON_A_DAY.get(type(fact.event), OTHERS)
    return (fact.event.on, rank, fact.source, fact.type, fact.factid, fact.subject)


def newest(facts: Iterable[Fact]) -> list[Fact]:
    """Each record's newest state, retracted ones left out; order and repetition do not matter."""
    heads: dict[Identity, Fact] = {}
    for fact in facts:
        identity = fact.identity
        head = heads.get(identity)
        if head is None or fact.strength > head.strength:
            heads[identity] = fact
    return [fact for fact in heads.values() if not fact.is_retraction]


class History:
    """The newest facts of all codes of one subject, in order; it never changes."""

    __slots__ = ("_by_class", "facts", "remembered")

    def __init__(self, facts: Iterable[Fact]) -> None:
        self.facts: Sequence[Fact] = in_order(newest(facts))
        self.remembered: dict[object, object] = {}
        self._by_class: dict[type[Event], list[Fact]] = {}
        for fact in self.facts:
            self._by_class.setdefault(type(fact.event), []).append(fact)

    @property
    def classes(self) -> frozenset[type[Event]]:
        """The classes of events that it holds."""
        return frozenset(self._by_class)

    def of(self, kind: type[K]) -> Sequence[Fact[K]]:
        """The facts of one class of events, in order."""
        return cast("Sequence[Fact[K]]", self._by_class.get(kind, ()))

    def any_of(self, *kinds: type[Event]) -> list[Fact]:
        """The facts of any of these classes, class by class."""
        return [fact for kind in kinds for fact in self._by_class.get(kind, ())]

    def any(self, kind: type[Event], within: Days) -> bool:
        """Whether a fact of this class lies in the window."""
        return any(within.holds(fact.on) for fact in self.of(kind))


def remembered(question: Callable[[History], T]) -> Callable[[History], T]:
    """Ask a history a question once, however many measures need the answer."""

    @wraps(question)
    def answer(history: History) -> T:
        answers = history.remembered
        if question not in answers:
            answers[question] = question(history)
        return cast("T", answers[question])

    return answer


def council_of_fact(fact: Fact) -> str:
    """The council that the fact's municipality counts for; `THE_COUNTRY` if it names none."""
    municipality: str | None = getattr(fact.event, "municipality", None)
    return THE_COUNTRY if municipality is None else council_of(municipality)


THE_COUNTRY = ""  # only an observation may name no municipality

RETRACTIONS: frozenset[type[Event]] = frozenset(
    {
        RegistrationFactRetracted,
        TrainingFactRetracted,
        MatchingFactRetracted,
        ReferenceFactRetracted,
    }
)

RANK_ON_A_DAY: Mapping[type[Event], int] = {
    JobseekerDeregistered: 0,
    ReturneeRegistered: 1,
    PersonEnrolled: 1,
    PersonMoved: 2,
}
OTHERS = 3
