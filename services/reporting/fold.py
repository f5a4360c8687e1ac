"""The fold: from all facts of one subject to all its entries, and nothing else."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from schemas.envelope import Envelope
from schemas.event import Event
from schemas.registration import PersonMerged
from schemas.territory import council_of
from services.reporting.attributes import life
from services.reporting.consent import has_consented
from services.reporting.dimensions import Split
from services.reporting.history import Fact, History, council_of_fact, newest
from services.reporting.indicator import Basis, Bucket, Entry, Indicator, PlaceRule

Link = tuple[str, str]
Place = Callable[[History, Fact], str]

FOLDED_SUBJECTS = ("p-", "v-", "s-")


def entries_of(subject_facts: Iterable[Fact], catalogue: Sequence[Indicator]) -> list[Entry]:
    """All entries of one subject, from the facts of all its codes in any order and repetition.

    The same facts give the same list. Two records that tell the same give two equal entries:
    what counts persons counts distinct subjects, what sums amounts sums every record.
    """
    history = History(subject_facts)
    return [entry for indicator in catalogue for entry in _entries(history, indicator)]


def subject_code(envelope: Envelope[Event]) -> str | None:
    """Under which code the fact is kept for the fold; None for what never makes entries.

    A person, a vacancy, or a whole series: a correction may move an observation to another place,
    and a retraction names none, so the series is folded as one and its entries name the places.
    """
    return envelope.subject if envelope.subject.startswith(FOLDED_SUBJECTS) else None


def merge_links(facts: Iterable[Fact]) -> frozenset[Link]:
    """The pairs of codes that are one person by the merges that stand; a pair has no direction."""
    return frozenset(
        (fact.subject, fact.event.with_)
        for fact in newest(facts)
        if isinstance(fact.event, PersonMerged)
    )


def _entries(history: History, indicator: Indicator) -> Iterator[Entry]:
    """The entries of one indicator: what its rules count, each with its place and buckets."""
    place = PLACES[indicator.place_rule]
    for name, measure in indicator.named_measures:
        if measure.basis is Basis.CONSENT and not has_consented(history):
            continue
        splits = indicator.splits_of(measure)
        for fact, on, until, amount in measure.rule(history):
            where = place(history, fact)
            yield Entry(name, on, until, where, _buckets(history, fact, splits), amount)


def _buckets(history: History, fact: Fact, splits: tuple[Split, ...]) -> frozenset[Bucket]:
    """The buckets of a fact and of the person on its day; several measures share them."""
    key = (id(fact), id(splits))
    found = history.buckets.get(key)
    if found is None:
        person = life(history).on(fact.on)
        found = frozenset(
            (split.name, name) for split in splits for name in split.read(fact, person)
        )
        history.buckets[key] = found
    return found


def _where_it_happened(_: History, fact: Fact) -> str:
    return council_of_fact(fact)


def _where_the_person_lived(history: History, fact: Fact) -> str:
    residence = life(history).residence_on(fact.on)
    return council_of_fact(fact) if residence is None else council_of(residence)


PLACES: Mapping[PlaceRule, Place] = {
    PlaceRule.EVENT: _where_it_happened,
    PlaceRule.RESIDENCE: _where_the_person_lived,
}
