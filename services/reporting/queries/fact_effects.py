"""What one event changes: its state among the facts of its subject, and the entries it causes."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date

from schemas.events.registration import PersonMerged
from services.reporting.domain.fold import entries_of
from services.reporting.domain.history import Fact, newest
from services.reporting.domain.indicator import Entry, Indicator
from services.reporting.projection.decode import EventKey


def fact_state(key: EventKey, facts: Sequence[Fact]) -> str:
    """Return the state of an event among the facts of its subject.

    `kept` (its type is not counted), `retraction`, `retracted`, `counts` or `superseded`.
    """
    own = next((fact for fact in facts if _key(fact) == key), None)
    if own is None:
        return "kept"
    if own.is_retraction:
        return "retraction"
    head = next((fact for fact in newest(facts) if fact.identity == own.identity), None)
    if head is None:
        return "retracted"
    return "counts" if head is own else "superseded"


def is_erased(key: EventKey, subject: str, facts: Sequence[Fact], erased: Collection[str]) -> bool:
    """Return whether the event is about an erased code, or merges another with such a code."""
    own = [fact for fact in facts if _key(fact) == key]
    return not (subject_codes(own) | {subject}).isdisjoint(erased)


def subject_codes(facts: Iterable[Fact]) -> set[str]:
    """Return all codes that facts are about; a merge is about two."""
    listed = list(facts)
    merges = (fact.event for fact in listed if isinstance(fact.event, PersonMerged))
    return {fact.subject for fact in listed} | {merge.with_ for merge in merges}


def disclosable_entries(
    key: EventKey,
    facts: Sequence[Fact],
    definitions: Sequence[Indicator],
    erased: Collection[str],
) -> list[Entry]:
    """Return the entries that depend on the event and disclose nothing about an erased code.

    Those are the entries that would be the same without the facts of erased codes.
    """
    entries = _dependent_entries(key, facts, definitions)
    if not erased:
        return entries
    others = [fact for fact in facts if subject_codes([fact]).isdisjoint(erased)]
    without_erased = Counter(_dependent_entries(key, others, definitions))
    return sorted((Counter(entries) & without_erased).elements(), key=_order)


def _dependent_entries(
    key: EventKey, facts: Sequence[Fact], definitions: Sequence[Indicator]
) -> list[Entry]:
    """Return the entries of a subject that would be missing, or different, without the event.

    If the event counts, its whole record is left out: an older state must not replace it.
    """
    own = [fact for fact in facts if _key(fact) == key]
    if fact_state(key, facts) == "counts":
        own = [fact for fact in facts if fact.identity == own[0].identity]
    removed = {id(fact) for fact in own}
    others = [fact for fact in facts if id(fact) not in removed]
    without = Counter(entries_of(others, definitions))
    return sorted((Counter(entries_of(facts, definitions)) - without).elements(), key=_order)


def _key(fact: Fact) -> EventKey:
    return (fact.source, fact.event_id)


def _order(entry: Entry) -> tuple[str, date]:
    return entry.measure, entry.on
