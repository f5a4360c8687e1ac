"""The product's pure fold over a plain log: bytes in, plain entries out."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import TypeAlias

from schemas import declarations, envelope
from schemas.event import Event as Said
from services.reporting.counting import components, fold
from services.reporting.counting.history import Fact
from services.reporting.indicators import catalogue
from tests.reference.plain import Entry, Event

CATALOGUE = catalogue(declarations.shipped())
MEASURES = {
    f"{indicator.id}.{measure.name}": (indicator, measure)
    for indicator in CATALOGUE
    for measure in indicator.measures
}

Facts: TypeAlias = dict[str, list[Fact[Said]]]
Entries: TypeAlias = Counter[Entry]
"""Entries with their number: two facts that say the same make two."""


def heard(event: Event) -> envelope.Envelope[Said]:
    """The event as it comes off the bus."""
    return envelope.hear(json.dumps(event).encode())


def fact_of(said: envelope.Envelope[Said]) -> Fact[Said]:
    """A fact as the store keeps it."""
    assert said.data is not None
    assert said.recordedtime is not None
    return Fact(
        source=said.source,
        type=said.fact_type,
        version=said.version,
        subject=said.subject,
        factid=said.factid,
        revision=said.revision,
        event_id=said.id,
        recorded_at=said.recordedtime,
        event=said.data,
    )


def facts_by_code(events: Iterable[Event]) -> Facts:
    """The facts under the codes that the product keeps them for, as they arrived."""
    found: Facts = defaultdict(list)
    for event in events:
        said = heard(event)
        code = fold.subject_code(said)
        if code is not None:
            found[code].append(fact_of(said))
    return found


def roots_of(facts: Facts) -> dict[str, str]:
    """For every code, also one that only a merge names, the least code it is linked with."""
    links = fold.merge_links(fact for said in facts.values() for fact in said)
    codes = {*facts, *(code for link in links for code in link)}
    return dict(components.roots_of(codes, links))


def folded(root: str, facts: list[Fact[Said]]) -> Entries:
    """The entries of one component, as plain entries of its root."""
    return Counter(
        Entry(root, entry.measure, entry.on, entry.until, *entry[3:])
        for entry in fold.entries_of(facts, CATALOGUE)
    )


def product_entries(events: Iterable[Event]) -> Entries:
    """All entries of a log, folded at once."""
    return entries_of_facts(facts_by_code(events))


def entries_of_facts(facts: Facts) -> Entries:
    """All entries of the facts of a log."""
    roots = roots_of(facts)
    together: Facts = defaultdict(list)
    for code, said in facts.items():
        together[roots[code]] += said
    found: Entries = Counter()
    for root, said in together.items():
        found += folded(root, said)
    return found
