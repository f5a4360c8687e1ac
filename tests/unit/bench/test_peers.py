"""The work that the bench gives to its peers is a part of the work that our fold does."""

import json
import random
from collections import Counter, defaultdict

from bench.peers.placed_counts import PersonState, apply_event, changes
from bench.pure_fold import fact_of
from lmc.demo.population import simulated_events
from schemas.declared_codes import shipped
from schemas.envelope import Envelope, encode_event
from schemas.events.event import Event
from schemas.territory import COUNCILS
from services.reporting.domain.fold import entries_of
from services.reporting.indicators import catalogue

EVENTS = 4_000
ITSELF = dict(zip(COUNCILS, COUNCILS, strict=True))


def test_peers_count_what_mi_13_placed_counts_by_council_month_and_sex() -> None:
    events = list(simulated_events(5, EVENTS))
    expected = _as_our_fold_counts(events)

    assert len(expected) > 100
    assert _as_peers_count(events) == expected


def test_peers_count_the_same_in_any_order() -> None:
    events = list(simulated_events(5, EVENTS))
    shuffled = random.Random(1).sample(events, len(events))  # noqa: S311 - no secret

    assert _as_peers_count(shuffled) == _as_peers_count(events)


def _as_peers_count(events: list[Envelope[Event]]) -> Counter[str]:
    people: dict[str, PersonState] = {}
    counts: Counter[str] = Counter()
    for event in events:
        before = people.get(event.subject, {})
        after = apply_event(before, json.loads(encode_event(event)), ITSELF)
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
