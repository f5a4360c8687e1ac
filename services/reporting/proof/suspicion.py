"""What a proof suspects, by what it is looked at again, and which cells are in doubt for it."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from schemas import territory
from schemas.catalogue import BY_TYPE
from schemas.envelope import fact_type_of
from schemas.event import Event
from services.reporting.counting.history import RETRACTIONS
from services.reporting.counting.indicator import Indicator, PlaceRule
from services.reporting.proof.certificate import Difference
from services.reporting.tables.doubt import LASTING, Doubt


class Kind(StrEnum):
    """By what a suspect is found again."""

    SUBJECT = "subject"
    """A code: its entries, its root, and those of all codes linked with it."""
    NUMBER = "number"
    """A number that entries carry and no code has."""
    RECORD = "record"
    """A record of the log and the fact of its name."""
    PARTITION = "partition"
    """The tallies of a partition."""
    LOG = "log"
    """Whether a partition is the one that was folded."""
    REPORTS = "reports"
    """A council: through which day partners have reported on it."""
    FACTS = "facts"
    """How many facts there are."""
    MANY = "many"
    """More than are looked at one by one; only a whole proof ends it."""


class Suspect(NamedTuple):
    """What differs; names and codes, so that it can be looked at in another projection too."""

    kind: Kind
    code: str | None = None
    topic: str | None = None
    partition: int | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A suspect that was looked at twice, in what it differs, and the cells in doubt for it."""

    suspect: Suspect
    differences: tuple[Difference, ...]
    doubts: tuple[Doubt, ...]


Found = Callable[[Finding], Awaitable[None]]


async def nobody(_: Finding) -> None:
    """Who only wants the certificate is told nothing in between."""


def lasting(catalogue: Iterable[Indicator]) -> frozenset[str]:
    """The measures whose entries count for as long as they have no end."""
    return frozenset(
        name
        for indicator in catalogue
        for name, measure in indicator.named_measures
        if measure.kind in LASTING
    )


def doubts_of_event(
    catalogue: Sequence[Indicator], event: Event, municipality: str | None
) -> Iterator[Doubt]:
    """What may be wrong if this event is no fact, or not so; of a retraction what it takes back."""
    kinds = {type(event)}
    if type(event) in RETRACTIONS:
        kinds = classes_of(getattr(event, "type", ""))
    return doubts_of_kinds(catalogue, kinds, municipality)


def doubts_of_kinds(
    catalogue: Sequence[Indicator], kinds: Iterable[type[Event]], municipality: str | None
) -> Iterator[Doubt]:
    """Every measure that counts facts of these classes, at this place (None: anywhere), for ever.

    What follows the residence counts anywhere.
    """
    council = _council(municipality)
    for indicator in catalogue:
        is_at_home = indicator.place_rule is PlaceRule.RESIDENCE
        for name, measure in indicator.named_measures:
            if not set(kinds).isdisjoint(measure.of):
                yield Doubt(name, None if is_at_home else council, is_of_log=True)


def doubt_of_place(municipality: str | None) -> Doubt:
    """Everything that is shown of a council (None: of any)."""
    return Doubt(None, _council(municipality), is_of_log=True)


def classes_of(fact_type: str) -> set[type[Event]]:
    """The classes of all versions of a type."""
    return {model for stated, model in BY_TYPE.items() if fact_type_of(stated) == fact_type}


def _council(municipality: str | None) -> str | None:
    if municipality is None or not territory.is_listed(municipality):
        return None
    return territory.council_of(municipality)
