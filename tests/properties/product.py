"""Runs the product's pure fold over a log of plain dictionaries."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import TypeAlias

from schemas import declared_codes, envelope
from schemas.events.event import Event as EventData
from schemas.validation import decode
from services.reporting.domain import fold, linked_codes
from services.reporting.domain.history import Fact
from services.reporting.indicators import catalogue
from tests.reference.shapes import Entry, Event

CATALOGUE = catalogue(declared_codes.shipped())
MEASURES = {
    f"{indicator.id}.{measure.name}": (indicator, measure)
    for indicator in CATALOGUE
    for measure in indicator.measures
}

Facts: TypeAlias = dict[str, list[Fact[EventData]]]
Entries: TypeAlias = Counter[Entry]
"""Entries with their number: two facts with equal content make two."""


def decoded(event: Event) -> envelope.Envelope[EventData]:
    """Return the event as a consumer decodes it."""
    return decode.decode_event(json.dumps(event).encode())


def fact_of(event: envelope.Envelope[EventData]) -> Fact[EventData]:
    """Return a fact as the fact store keeps it."""
    assert event.data is not None
    assert event.recordedtime is not None
    return Fact(
        source=event.source,
        type=event.fact_type,
        version=event.version,
        subject=event.subject,
        factid=event.factid,
        revision=event.revision,
        event_id=event.id,
        recorded_at=event.recordedtime,
        event=event.data,
    )


def facts_by_code(events: Iterable[Event]) -> Facts:
    """Return the facts by subject code, in the order of arrival."""
    found: Facts = defaultdict(list)
    for event in events:
        decoded_event = decoded(event)
        code = fold.subject_code(decoded_event)
        if code is not None:
            found[code].append(fact_of(decoded_event))
    return found


def canonical_codes(facts: Facts) -> dict[str, str]:
    """Return for every code, also one that only a merge names, the least code linked with it."""
    links = linked_codes.merge_links(
        fact for facts_of_code in facts.values() for fact in facts_of_code
    )
    codes = {*facts, *(code for link in links for code in link)}
    return dict(linked_codes.canonical_codes(codes, links))


def fold_group(code: str, facts: list[Fact[EventData]]) -> Entries:
    """Return the entries of one group of linked codes, as entries of its least code."""
    return Counter(
        Entry(code, entry.measure, entry.on, entry.until, *entry[3:])
        for entry in fold.entries_of(facts, CATALOGUE)
    )


def product_entries(events: Iterable[Event]) -> Entries:
    """Return all entries of a log, folded at once."""
    return entries_of_facts(facts_by_code(events))


def entries_of_facts(facts: Facts) -> Entries:
    """Return all entries of the facts of a log."""
    canonical = canonical_codes(facts)
    groups: Facts = defaultdict(list)
    for code, facts_of_code in facts.items():
        groups[canonical[code]] += facts_of_code
    found: Entries = Counter()
    for code, facts_of_group in groups.items():
        found += fold_group(code, facts_of_group)
    return found
