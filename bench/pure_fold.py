"""Measure the pure fold: histories to entries, without input or output."""

import time
from collections import defaultdict
from datetime import UTC, datetime

from lmc.demo.population import simulated_events
from schemas.declared_codes import shipped
from schemas.envelope import Envelope
from schemas.events.event import Event
from services.reporting.domain.fold import entries_of, subject_code
from services.reporting.domain.history import Fact
from services.reporting.indicators import catalogue

_EVENTS = 60_000
_ROUNDS = 3
_AT = datetime(2026, 1, 1, tzinfo=UTC)


def pure_fold_events_per_s(seed: int = 1) -> float:
    """Return the events per second of folding every history once; the best of three rounds."""
    histories: dict[str, list[Fact]] = defaultdict(list)
    for envelope in simulated_events(seed, _EVENTS):
        code = subject_code(envelope)
        if code is not None:
            histories[code].append(fact_of(envelope))
    definitions = catalogue(shipped())
    best = 0.0
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        for facts in histories.values():
            entries_of(facts, definitions)
        best = max(best, _EVENTS / (time.perf_counter() - started))
    return best


def fact_of(envelope: Envelope[Event]) -> Fact:
    """Return the fact of an event of a known type, as the fold reads it."""
    if envelope.data is None:
        raise ValueError(f"{envelope.type} is an unknown type")
    return Fact(
        source=envelope.source,
        type=envelope.fact_type,
        version=envelope.version,
        subject=envelope.subject,
        factid=envelope.factid,
        revision=envelope.revision,
        event_id=envelope.id,
        recorded_at=_AT,
        event=envelope.data,
    )
