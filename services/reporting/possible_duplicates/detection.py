"""Finds possible duplicates: candidates by their entries, pairs by complete histories."""

import asyncio
from collections.abc import Sequence

from runtime.storage.pool import Connection
from schemas.rules.jobs import SAME_JOB_WITHIN
from services.reporting.domain.history import History
from services.reporting.domain.linked_codes import group_facts
from services.reporting.possible_duplicates.model import (
    AssessedPair,
    DifferenceNote,
    DuplicatePair,
    RecordPair,
    duplicate_pairs,
)
from services.reporting.possible_duplicates.repository import DuplicateNoteRepository
from services.reporting.projection.repository import ProjectionRepository

_PLACED_MEASURE = "MI-13.placed"
_BATCH_CODES = 500
"""Read and folded at once: some hundredths of a second."""


async def find_pairs(
    connection: Connection, councils: Sequence[str] | None = None
) -> list[AssessedPair]:
    """Return the pairs of these councils (None: of all), open and closed, in a stable order.

    Pairs of an erased code are left out: nobody could decide about them.
    """
    repository = DuplicateNoteRepository(connection)
    codes = await repository.candidates(_PLACED_MEASURE, councils, SAME_JOB_WITHIN.days)
    notes = await repository.notes()
    found: list[AssessedPair] = []
    for start in range(0, len(codes), _BATCH_CODES):
        found += await _pairs(connection, codes[start : start + _BATCH_CODES], notes)
        await asyncio.sleep(0)  # let the projection continue
    return sorted((each for each in found if _is_in(each.pair, councils)), key=_order)


async def find_pair(connection: Connection, records: RecordPair) -> AssessedPair | None:
    """Return the pair of two records; None if they are no pair."""
    notes = await DuplicateNoteRepository(connection).notes()
    found = await _pairs(connection, [records[0].subject], notes)
    return next((each for each in found if each.pair.records == records), None)


async def _pairs(
    connection: Connection, codes: Sequence[str], notes: dict[RecordPair, DifferenceNote]
) -> list[AssessedPair]:
    projection = ProjectionRepository(connection)
    linked = await projection.linked_subjects(codes)
    canonical_ids = {code: subject.canonical_id for code, subject in linked.items()}
    histories = group_facts(await projection.facts_of(linked), canonical_ids)
    erased = await projection.erased_among(linked)
    return [
        AssessedPair(pair, notes.get(pair.records))
        for facts in histories.values()
        for pair in duplicate_pairs(History(facts))
        if erased.isdisjoint({pair.first.subject, pair.other.subject})
    ]


def _is_in(pair: DuplicatePair, councils: Sequence[str] | None) -> bool:
    return councils is None or pair.council in councils


def _order(found: AssessedPair) -> tuple[str, str, str]:
    return found.pair.council, found.pair.first.on.isoformat(), found.pair.id
