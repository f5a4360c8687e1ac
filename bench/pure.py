"""The pure fold: how fast histories become entries, without any input or output."""

import time
from collections import defaultdict
from datetime import UTC, datetime

from lmc.population import said
from schemas.declarations import shipped
from schemas.envelope import Envelope
from schemas.event import Event
from services.reporting.counting.fold import entries_of, subject_code
from services.reporting.counting.history import Fact
from services.reporting.indicators import catalogue

EVENTS = 60_000
ROUNDS = 3
AT = datetime(2026, 1, 1, tzinfo=UTC)


def pure_fold_events_per_s(seed: int = 1) -> float:
    """Events per second of folding every person's whole history once; the best of three rounds."""
    histories: dict[str, list[Fact]] = defaultdict(list)
    for envelope in said(seed, EVENTS):
        code = subject_code(envelope)
        if code is not None:
            histories[code].append(fact_of(envelope))
    definitions = catalogue(shipped())
    best = 0.0
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for facts in histories.values():
            entries_of(facts, definitions)
        best = max(best, EVENTS / (time.perf_counter() - begun))
    return best


def fact_of(envelope: Envelope[Event]) -> Fact:
    """A fact as the fold would read it; of an event of a known type."""
    if envelope.data is None:
        raise ValueError(f"{envelope.type} is not known here")
    return Fact(
        source=envelope.source,
        type=envelope.fact_type,
        version=envelope.version,
        subject=envelope.subject,
        factid=envelope.factid,
        revision=envelope.revision,
        event_id=envelope.id,
        recorded_at=AT,
        event=envelope.data,
    )
