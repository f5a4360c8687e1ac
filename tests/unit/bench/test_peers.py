"""The work that the bench gives to its peers is a part of the work that our fold does."""

import json
import random
from collections import Counter, defaultdict

from bench.peers.placed import Person, changes, told
from bench.pure import fact_of
from lmc.population import said
from schemas.declarations import shipped
from schemas.envelope import Envelope, to_bytes
from schemas.event import Event
from schemas.territory import COUNCILS
from services.reporting.counting.fold import entries_of
from services.reporting.indicators import catalogue

EVENTS = 4_000
ITSELF = dict(zip(COUNCILS, COUNCILS, strict=True))


def test_peers_count_what_mi_13_placed_counts_by_council_month_and_sex() -> None:
    events = list(said(5, EVENTS))
    expected = _as_our_fold_counts(events)

    assert len(expected) > 100
    assert _as_peers_count(events) == expected


def test_peers_count_the_same_in_any_order() -> None:
    events = list(said(5, EVENTS))
    shuffled = random.Random(1).sample(events, len(events))  # noqa: S311 - no secret

    assert _as_peers_count(shuffled) == _as_peers_count(events)


def _as_peers_count(events: list[Envelope[Event]]) -> Counter[str]:
    people: dict[str, Person] = {}
    counts: Counter[str] = Counter()
    for event in events:
        before = people.get(event.subject, {})
        after = told(before, json.loads(to_bytes(event)), ITSELF)
        if after is not None:
            people[event.subject] = after
            for cell, by in changes(before, after):
                counts[cell] += by
    return +counts


def _as_our_fold_counts(events: list[Envelope[Event]]) -> Counter[str]:
    definitions = catalogue(shipped())
    histories = defaultdict(list)
    for event in events:
        histories[event.subject].append(fact_of(event))
    counts: Counter[str] = Counter()
    for facts in histories.values():
        placed = [e for e in entries_of(facts, definitions) if e.measure == "MI-13.placed"]
        counts.update({f"{e.municipality}|{e.on:%Y-%m}|{dict(e.buckets)['sex']}" for e in placed})
    return counts
