"""The fold: from all facts of one subject to all its entries, and nothing else."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import cast

from schemas.envelope import Envelope
from schemas.event import Event
from schemas.registration import PersonMerged, RegistrationFactRetracted
from schemas.territory import council_of
from services.reporting.counting.attributes import homes, life
from services.reporting.counting.consent import has_consented
from services.reporting.counting.dimensions import (
    Bucket,
    buckets_of_fact,
    buckets_of_person,
    joined,
)
from services.reporting.counting.history import Fact, History, council_of_fact, newest
from services.reporting.counting.indicator import Basis, Entry, Indicator, Kind, Measure, PlaceRule

Link = tuple[str, str]
NamedMeasures = tuple[tuple[str, Measure], ...]
Stamp = tuple[str, frozenset[Bucket]]

# An enumeration's member is looked up slowly, and these are asked for each measure or fact.
CONSENT, RESIDENCE, OBSERVED = Basis.CONSENT, PlaceRule.RESIDENCE, Kind.OBSERVED

NO_BUCKETS: frozenset[Bucket] = frozenset()
TELLING_OF_MERGES = frozenset({PersonMerged, RegistrationFactRetracted})
FOLDED_SUBJECTS = ("p-", "v-", "s-")


def entries_of(subject_facts: Iterable[Fact], catalogue: Sequence[Indicator]) -> list[Entry]:
    """All entries of one subject, from the facts of all its codes in any order and repetition.

    The same facts give the same list. Two records that tell the same give two equal entries:
    what counts persons counts distinct subjects, what sums amounts sums every record.
    """
    return [entry for _, entry in counted_of(History(subject_facts), catalogue)]


def counted_of(history: History, catalogue: Sequence[Indicator]) -> Iterator[tuple[Fact, Entry]]:
    """The same, each entry with the fact that its rule counts."""
    for indicator, measures in _asked(tuple(catalogue), history.classes):
        yield from _counted(history, indicator, measures)


def subject_code(envelope: Envelope[Event]) -> str | None:
    """Under which code the fact is kept for the fold; None for what never makes entries.

    A person, a vacancy, or a whole series: a correction may move an observation to another place,
    and a retraction names none, so the series is folded as one and its entries name the places.
    """
    return envelope.subject if envelope.subject.startswith(FOLDED_SUBJECTS) else None


def merge_links(facts: Iterable[Fact]) -> frozenset[Link]:
    """The pairs of codes that are one person by the merges that stand; a pair has no direction."""
    told = [fact for fact in facts if type(fact.event) in TELLING_OF_MERGES]
    merges = cast("list[Fact[PersonMerged]]", newest(told))
    return frozenset((fact.subject, fact.event.with_) for fact in merges)


@lru_cache(maxsize=16_384)  # histories hold few of the possible combinations of classes
def _asked(
    catalogue: tuple[Indicator, ...], classes: frozenset[type[Event]]
) -> tuple[tuple[Indicator, NamedMeasures], ...]:
    """The indicators, and their measures that may count facts of these classes."""
    asked = (
        (indicator, tuple(m for m in indicator.named_measures if not classes.isdisjoint(m[1].of)))
        for indicator in catalogue
    )
    return tuple((indicator, measures) for indicator, measures in asked if measures)


def _counted(
    history: History, indicator: Indicator, measures: NamedMeasures
) -> Iterator[tuple[Fact, Entry]]:
    """The entries of one indicator: what its rules count, each with its place and buckets."""
    stamps: dict[int, Stamp] = {}  # by the fact's identity in memory
    for name, measure in measures:
        if measure.basis is CONSENT and not has_consented(history):
            continue
        for fact, on, until, amount in measure.rule(history):
            stamp = stamps.get(id(fact))
            if stamp is None:
                stamp = stamps[id(fact)] = _stamp(history, indicator, measure, fact)
            yield fact, Entry(name, on, until, stamp[0], stamp[1], amount)


def _stamp(history: History, indicator: Indicator, measure: Measure, fact: Fact) -> Stamp:
    """Where a fact counts and under which buckets: the same in all measures of an indicator."""
    is_at_home = indicator.place_rule is RESIDENCE
    place = _home_on_its_day(history, fact) if is_at_home else council_of_fact(fact)
    if measure.kind is OBSERVED:
        return place, NO_BUCKETS
    person = life(history).on(fact.on)
    buckets = buckets_of_person(indicator.person_splits, person)
    if indicator.fact_splits:
        buckets = joined(buckets, tuple(buckets_of_fact(indicator.fact_splits, fact, person)))
    return place, buckets


def _home_on_its_day(history: History, fact: Fact) -> str:
    """The council where the person lived on the fact's day; unsaid, that of the fact."""
    residence = homes(history).on(fact.on)
    return council_of_fact(fact) if residence is None else council_of(residence)
