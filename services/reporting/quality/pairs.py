"""Possible duplicates: one job, as MI-13 defines it, told by two sources."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from schemas.matching import PlacementMade
from schemas.territory import council_of
from services.reporting.counting.history import Fact, History
from services.reporting.counting.jobs import tellings_of_jobs

ID_CHARS = 16
SMALL_BELOW = 3
"""A smaller count is only called small: it could point at a person."""


class Difference(StrEnum):
    """Why two tellings that look like one job are two."""

    TWO_EMPLOYERS = "two_employers"
    NEW_CONTRACT = "new_contract"
    SECOND_SHIFT = "second_shift"
    OTHER = "other"


class Telling(NamedTuple):
    """A placement by its record's name: it stays the same through corrections."""

    source: str
    factid: str
    subject: str


Names = tuple[Telling, Telling]


@dataclass(frozen=True, slots=True)
class Pair:
    """The first telling of a job, and another source's telling of it."""

    council: str
    first: Fact[PlacementMade]
    other: Fact[PlacementMade]

    @property
    def names(self) -> Names:
        """Both records; which of them came first may change by a correction."""
        return names_of(_telling(self.first), _telling(self.other))

    @property
    def id(self) -> str:
        """A short name of the two, the same whichever came first."""
        return id_of(self.names)

    @property
    def days_apart(self) -> int:
        """How many days the second telling begins after the first."""
        return (self.other.on - self.first.on).days


class Note(NamedTuple):
    """What the steward has decided about a pair."""

    reason: Difference
    noted_at: datetime


class Found(NamedTuple):
    """A pair, and that it is closed if there is a note."""

    pair: Pair
    note: Note | None


def pairs_of(history: History) -> Iterator[Pair]:
    """The pairs of one person: each job's first telling with every one of another source."""
    for first, *others in tellings_of_jobs(history):
        council = council_of(first.event.municipality)
        for other in others:
            if other.source != first.source:
                yield Pair(council, first, other)


def names_of(one: Telling, other: Telling) -> Names:
    """Two records in the order of their names."""
    return (one, other) if one <= other else (other, one)


def id_of(names: Names) -> str:
    """Tells this pair from all others."""
    told = "\0".join(part for telling in names for part in telling)
    return hashlib.sha256(told.encode()).hexdigest()[:ID_CHARS]


def open_pairs(found: Iterable[Found]) -> Mapping[str, int]:
    """How many pairs nobody has decided about, by council."""
    counts: dict[str, int] = {}
    for pair, note in found:
        if note is None:
            counts[pair.council] = counts.get(pair.council, 0) + 1
    return counts


def shown_count(pairs: int) -> tuple[int | None, str]:
    """The number and its state as everybody may see them."""
    if is_small(pairs):
        return None, "small"
    return pairs, "value" if pairs else "zero"


def is_small(pairs: int) -> bool:
    """Whether so few could point at a person; none is not few."""
    return 0 < pairs < SMALL_BELOW


def _telling(fact: Fact[PlacementMade]) -> Telling:
    return Telling(fact.source, fact.factid, fact.subject)
