"""Why two projections differ: entries that came, went, or count elsewhere; counted, never named."""

from typing import NamedTuple

from runtime.postgres import Connection
from services.reporting.rebuilding.names import LIVE, NEXT

SIDE = """
SELECT s.code, e.measure, e.on_date, e.until_date, e.municipality, e.buckets, e.amount
FROM {schema}.entry e
JOIN {schema}.subject s ON s.id = e.subject
WHERE (e.measure, e.municipality) IN (SELECT measure, municipality FROM {next}.differing)
"""
BEFORE, AFTER = SIDE.format(schema=LIVE, next=NEXT), SIDE.format(schema=NEXT, next=NEXT)

# Entries of one person and measure are paired in the order of their days.
REASONS = f"""
WITH gone AS (
    SELECT *, row_number() OVER (PARTITION BY code, measure ORDER BY on_date, municipality) AS n
    FROM ({BEFORE} EXCEPT ALL {AFTER}) AS only_before
), come AS (
    SELECT *, row_number() OVER (PARTITION BY code, measure ORDER BY on_date, municipality) AS n
    FROM ({AFTER} EXCEPT ALL {BEFORE}) AS only_after
), paired AS (
    SELECT measure, code, come.n IS NULL AS is_gone, gone.n IS NULL AS is_come,
           gone.on_date <> come.on_date AS other_day,
           gone.until_date IS DISTINCT FROM come.until_date AS other_end,
           gone.municipality <> come.municipality AS other_place,
           gone.amount <> come.amount AS other_amount,
           ARRAY(SELECT DISTINCT b.split FROM bucket b
                 WHERE (b.id = ANY (gone.buckets)) <> (b.id = ANY (come.buckets))
                 ORDER BY 1) AS splits
    FROM gone FULL JOIN come USING (code, measure, n)
)
SELECT m.name AS measure, is_gone, is_come, other_day, other_end, other_place, other_amount, splits,
       count(*) AS entries, count(DISTINCT code) AS persons
FROM paired JOIN measure m ON m.id = paired.measure
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
ORDER BY 1, entries DESC
"""


class Reason(NamedTuple):
    """In what entries of one measure differ, how many those are, and of how many persons."""

    measure: str
    is_gone: bool
    is_come: bool
    other_day: bool | None
    other_end: bool | None
    other_place: bool | None
    other_amount: bool | None
    splits: tuple[str, ...]
    entries: int
    persons: int

    @property
    def is_whole(self) -> bool:
        """Whether whole entries came, went, or count in other cells, under every split."""
        moved = self.other_day or self.other_end or self.other_place or self.other_amount
        return self.is_gone or self.is_come or bool(moved)

    @property
    def sentence(self) -> str:
        """What happened to these entries, in words."""
        if self.is_gone:
            return "no longer counted"
        if self.is_come:
            return "newly counted"
        told = {
            "on another day": self.other_day,
            "until another day": self.other_end,
            "at another place": self.other_place,
            "with another amount": self.other_amount,
            f"under another {', '.join(self.splits)}": bool(self.splits) and not self.is_whole,
        }
        return "counted " + " and ".join(words for words, is_so in told.items() if is_so)


async def reasons(connection: Connection) -> list[Reason]:
    """Why the projections that were compared differ; from a session with BUILDING's settings."""
    rows = await connection.fetch(REASONS)
    return [Reason(**{**row, "splits": tuple(row["splits"])}) for row in rows]
