"""The fold: a pure function from all facts of one subject to all its entries."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from schemas.envelope import Envelope
from schemas.events.event import Event
from schemas.territory import council_of
from services.reporting.domain.attributes import attribute_timeline, residence_timeline
from services.reporting.domain.consent import has_consented
from services.reporting.domain.dimensions import (
    Bucket,
    buckets_of_fact,
    buckets_of_person,
    joined_buckets,
)
from services.reporting.domain.history import Fact, History, council_of_fact
from services.reporting.domain.indicator import (
    Basis,
    Entry,
    Indicator,
    Measure,
    MeasureKind,
    PlaceRule,
)

_NamedMeasures = tuple[tuple[str, Measure], ...]
_PlaceAndBuckets = tuple[str, frozenset[Bucket]]

# Looking up a member of an enumeration is slow, and these are compared for every measure or fact.
_CONSENT, _RESIDENCE, _OBSERVED = Basis.CONSENT, PlaceRule.RESIDENCE, MeasureKind.OBSERVED

RULES_VERSION = 2
"""The version of the rules that definitions share: histories, merges, consent, places, dimensions.

Raise it when such a rule makes other entries of the same facts; for a rule of one definition, raise
the `version` of that definition.
"""

_NO_BUCKETS: frozenset[Bucket] = frozenset()
_FOLDED_PREFIXES = ("p-", "v-", "s-")


def entries_of(subject_facts: Iterable[Fact], catalogue: Sequence[Indicator]) -> list[Entry]:
    """Return all entries of one subject, given the facts of all its codes.

    Neither order nor repetition of the facts matters. Two records with equal content give two
    equal entries: a count of persons counts distinct subjects, a sum adds every record's amount.
    """
    return [entry for _, entry in entries_with_facts(History(subject_facts), catalogue)]


def entries_with_facts(
    history: History, catalogue: Sequence[Indicator]
) -> Iterator[tuple[Fact, Entry]]:
    """Yield every entry of one subject with the fact that its rule counts."""
    for indicator, measures in _relevant_measures(tuple(catalogue), history.classes):
        yield from _entries_of_indicator(history, indicator, measures)


def subject_code(envelope: Envelope[Event]) -> str | None:
    """Return the code under which an event is folded; None if it never makes entries.

    It names a person, a vacancy or a series. All places of a series are folded together, because a
    correction may move an observation to another place and a retraction names no place.
    """
    return envelope.subject if envelope.subject.startswith(_FOLDED_PREFIXES) else None


@lru_cache(maxsize=16_384)  # histories hold few of the possible combinations of classes
def _relevant_measures(
    catalogue: tuple[Indicator, ...], classes: frozenset[type[Event]]
) -> tuple[tuple[Indicator, _NamedMeasures], ...]:
    """Return the indicators with those of their measures that may count these event classes."""
    relevant = (
        (indicator, tuple(m for m in indicator.named_measures if not classes.isdisjoint(m[1].of)))
        for indicator in catalogue
    )
    return tuple((indicator, measures) for indicator, measures in relevant if measures)


def _entries_of_indicator(
    history: History, indicator: Indicator, measures: _NamedMeasures
) -> Iterator[tuple[Fact, Entry]]:
    """Yield the entries of one indicator: its rules' contributions with their place and buckets."""
    located: dict[int, _PlaceAndBuckets] = {}  # by the fact's identity in memory
    for name, measure in measures:
        if measure.basis is _CONSENT and not has_consented(history):
            continue
        for fact, on, until, amount in measure.rule(history):
            found = located.get(id(fact))
            if found is None:
                found = located[id(fact)] = _locate(history, indicator, measure, fact)
            yield fact, Entry(name, on, until, found[0], found[1], amount)


def _locate(
    history: History, indicator: Indicator, measure: Measure, fact: Fact
) -> _PlaceAndBuckets:
    """Return where a fact counts and in which buckets; equal in all measures of an indicator."""
    if indicator.place_rule is _RESIDENCE:
        place = _council_of_residence(history, fact)
    else:
        place = council_of_fact(fact)
    if measure.kind is _OBSERVED:
        return place, _NO_BUCKETS
    person = attribute_timeline(history).on(fact.on)
    buckets = buckets_of_person(indicator.person_splits, person)
    if indicator.fact_splits:
        buckets = joined_buckets(
            buckets, tuple(buckets_of_fact(indicator.fact_splits, fact, person))
        )
    return place, buckets


def _council_of_residence(history: History, fact: Fact) -> str:
    """Return the council where the person lived on the fact's day; if not stated, the fact's."""
    residence = residence_timeline(history).on(fact.on)
    return council_of_fact(fact) if residence is None else council_of(residence)
