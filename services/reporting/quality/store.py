"""The SQL of possible duplicates: who may be told twice, what is noted, what is shown."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from runtime.postgres import Connection
from services.reporting.quality.pairs import Difference, Names, Note, Telling, shown_count

# Entries tell cheaply who has two placements in one council within the days of one job.
CANDIDATES = """
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

ADD_NOTE = """
INSERT INTO duplicate_note (one_source, one_factid, one_subject,
                            other_source, other_factid, other_subject, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""

# The last note decides; one without a reason takes the one before back.
NOTES = """
SELECT DISTINCT ON (one_source, one_factid, one_subject, other_source, other_factid, other_subject)
       one_source, one_factid, one_subject, other_source, other_factid, other_subject,
       reason, noted_at
FROM duplicate_note
ORDER BY one_source, one_factid, one_subject, other_source, other_factid, other_subject, id DESC
"""

SHOW = """
INSERT INTO published.quality (place, figure, value, state, as_of)
SELECT told.place, $1, told.value, told.state, $5
FROM unnest($2::text[], $3::int[], $4::text[]) AS told (place, value, state)
ON CONFLICT (place, figure) DO UPDATE
SET value = excluded.value, state = excluded.state, as_of = excluded.as_of
"""

SHOWN = "SELECT value, state, as_of FROM published.quality WHERE place = $1 AND figure = $2"

POSSIBLE_DUPLICATES = "possible_duplicates"
"""The name of a figure."""


class Figure(NamedTuple):
    """A count as everybody sees it; no number if it is small."""

    value: int | None
    state: str
    as_of: datetime


class Notebook:
    """Candidates, notes and shown counts, over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def candidates(
        self, measure: str, councils: Sequence[str] | None, days: int
    ) -> list[str]:
        """Persons with two entries of a measure so near in one council (None: in any)."""
        found = await self._connection.fetch(CANDIDATES, measure, councils, days)
        return [row["code"] for row in found]

    async def note(self, names: Names, reason: Difference | None) -> None:
        """Keep that the two are different, or, without a reason, that this is taken back."""
        await self._connection.execute(ADD_NOTE, *names[0], *names[1], reason)

    async def notes(self) -> dict[Names, Note]:
        """What stands about each pair that was ever decided about."""
        found = await self._connection.fetch(NOTES)
        return {
            (Telling(*row[:3]), Telling(*row[3:6])): Note(Difference(row[6]), row[7])
            for row in map(tuple, found)
            if row[6] is not None
        }

    async def show(self, figure: str, counts: Mapping[str, int], as_of: datetime) -> None:
        """Let everybody see the counts of these places."""
        shown = [(place, *shown_count(count)) for place, count in counts.items()]
        places, values, states = zip(*shown, strict=True)
        await self._connection.execute(SHOW, figure, places, values, states, as_of)

    async def shown(self, figure: str, place: str) -> Figure | None:
        """What everybody sees of a place; None before the first count."""
        row = await self._connection.fetchrow(SHOWN, place, figure)
        return None if row is None else Figure(**row)
