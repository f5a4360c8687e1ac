"""The SQL of possible duplicates: candidates, the steward's notes, and published counts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from runtime.storage.pool import Connection
from services.reporting.possible_duplicates.model import (
    DifferenceNote,
    DifferenceReason,
    PlacementRecord,
    RecordPair,
    disclosed_count,
)

# A cheap test by entries: who has two placements in one council within the days of one job.
_CANDIDATES = """
SELECT DISTINCT s.code
FROM (
    SELECT e.subject, e.on_date - lag(e.on_date) OVER (
               PARTITION BY e.subject, e.municipality ORDER BY e.on_date) AS days
    FROM entry e
    WHERE e.measure = (SELECT id FROM measure WHERE name = $1)
      AND ($2::text[] IS NULL OR e.municipality = ANY ($2))
) AS placed
JOIN subject s ON s.id = placed.subject
WHERE placed.days <= $3
ORDER BY s.code
"""

_INSERT_NOTE = """
INSERT INTO duplicate_note (one_source, one_factid, one_subject,
                            other_source, other_factid, other_subject, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""

# The last note counts; a note without a reason withdraws the one before.
_NOTES = """
SELECT DISTINCT ON (one_source, one_factid, one_subject, other_source, other_factid, other_subject)
       one_source, one_factid, one_subject, other_source, other_factid, other_subject,
       reason, noted_at
FROM duplicate_note
ORDER BY one_source, one_factid, one_subject, other_source, other_factid, other_subject, id DESC
"""

_PUBLISH_COUNTS = """
INSERT INTO published.quality (place, figure, value, state, as_of)
SELECT new.place, $1, new.value, new.state, $5
FROM unnest($2::text[], $3::int[], $4::text[]) AS new (place, value, state)
ON CONFLICT (place, figure) DO UPDATE
SET value = excluded.value, state = excluded.state, as_of = excluded.as_of
"""

_PUBLISHED_COUNT = (
    "SELECT value, state, as_of FROM published.quality WHERE place = $1 AND figure = $2"
)

POSSIBLE_DUPLICATES = "possible_duplicates"
"""The name of the count in `published.quality`."""


class PublishedCount(NamedTuple):
    """A count as everybody may see it; no number if it is small."""

    value: int | None
    state: str
    as_of: datetime


class DuplicateNoteRepository:
    """Candidates, notes and published counts, over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def candidates(
        self, measure: str, councils: Sequence[str] | None, days: int
    ) -> list[str]:
        """Return who has two entries of a measure within `days` in one council (None: in any)."""
        found = await self._connection.fetch(_CANDIDATES, measure, councils, days)
        return [row["code"] for row in found]

    async def add_note(self, records: RecordPair, reason: DifferenceReason | None) -> None:
        """Note that the two are different jobs; without a reason, withdraw the note before."""
        await self._connection.execute(_INSERT_NOTE, *records[0], *records[1], reason)

    async def notes(self) -> dict[RecordPair, DifferenceNote]:
        """Return the note that counts, of each pair that has one."""
        found = await self._connection.fetch(_NOTES)
        return {
            (PlacementRecord(*row[:3]), PlacementRecord(*row[3:6])): DifferenceNote(
                DifferenceReason(row[6]), row[7]
            )
            for row in map(tuple, found)
            if row[6] is not None
        }

    async def publish_counts(self, figure: str, counts: Mapping[str, int], as_of: datetime) -> None:
        """Publish the counts of these places."""
        disclosed = [(place, *disclosed_count(count)) for place, count in counts.items()]
        places, values, states = zip(*disclosed, strict=True)
        await self._connection.execute(_PUBLISH_COUNTS, figure, places, values, states, as_of)

    async def published_count(self, figure: str, place: str) -> PublishedCount | None:
        """Return the published count of a place; None before the first count."""
        row = await self._connection.fetchrow(_PUBLISHED_COUNT, place, figure)
        return None if row is None else PublishedCount(**row)
