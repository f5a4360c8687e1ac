"""Why two projections differ: reasons with counts of entries and persons, never their codes."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from runtime.storage.pool import Connection
from services.reporting.projection.aggregation_spec import AggregationSpec
from services.reporting.rebuild.cutover import SpecComparison
from services.reporting.rebuild.schema_names import LIVE, NEXT
from services.reporting.tables.table import Table

_SIDE = """
SELECT s.code, e.measure, e.on_date, e.until_date, e.municipality, e.buckets, e.amount
FROM {schema}.entry e
JOIN {schema}.subject s ON s.id = e.subject
WHERE (e.measure, e.municipality) IN (SELECT measure, municipality FROM {next}.differing_cell)
"""
_BEFORE = _SIDE.format(schema=LIVE, next=NEXT)
_AFTER = _SIDE.format(schema=NEXT, next=NEXT)

# Entries of one person and measure are paired in the order of their days.
_REASONS = f"""
WITH removed AS (
    SELECT *, row_number() OVER (PARTITION BY code, measure ORDER BY on_date, municipality) AS n
    FROM ({_BEFORE} EXCEPT ALL {_AFTER}) AS only_before
), added AS (
    SELECT *, row_number() OVER (PARTITION BY code, measure ORDER BY on_date, municipality) AS n
    FROM ({_AFTER} EXCEPT ALL {_BEFORE}) AS only_after
), paired AS (
    SELECT measure, code, added.n IS NULL AS is_removed, removed.n IS NULL AS is_added,
           removed.on_date <> added.on_date AS other_day,
           removed.until_date IS DISTINCT FROM added.until_date AS other_end,
           removed.municipality <> added.municipality AS other_place,
           removed.amount <> added.amount AS other_amount,
           ARRAY(SELECT DISTINCT b.split FROM bucket b
                 WHERE (b.id = ANY (removed.buckets)) <> (b.id = ANY (added.buckets))
                 ORDER BY 1) AS splits
    FROM removed FULL JOIN added USING (code, measure, n)
)
SELECT m.name AS measure, is_removed, is_added, other_day, other_end, other_place, other_amount,
       splits, count(*) AS entries, count(DISTINCT code) AS persons
FROM paired JOIN measure m ON m.id = paired.measure
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
ORDER BY 1, entries DESC
"""


class DiffReason(NamedTuple):
    """How entries of one measure differ, how many of them, and of how many persons."""

    measure: str
    is_removed: bool
    is_added: bool
    other_day: bool | None
    other_end: bool | None
    other_place: bool | None
    other_amount: bool | None
    splits: tuple[str, ...]
    entries: int
    persons: int

    @property
    def affects_all_splits(self) -> bool:
        """Whether entries were added, removed, or count in other cells, in every split."""
        moved = self.other_day or self.other_end or self.other_place or self.other_amount
        return self.is_removed or self.is_added or bool(moved)

    @property
    def sentence(self) -> str:
        """What happened to these entries, as text."""
        if self.is_removed:
            return "no longer counted"
        if self.is_added:
            return "newly counted"
        has_other_buckets = bool(self.splits) and not self.affects_all_splits
        changes = {
            "on another day": self.other_day,
            "until another day": self.other_end,
            "at another place": self.other_place,
            "with another amount": self.other_amount,
            f"under another {', '.join(self.splits)}": has_other_buckets,
        }
        return "counted " + " and ".join(text for text, is_so in changes.items() if is_so)


async def reasons(connection: Connection) -> list[DiffReason]:
    """Return why the compared projections differ; the connection has STAGING_SESSION's settings."""
    rows = await connection.fetch(_REASONS)
    return [DiffReason(**{**row, "splits": tuple(row["splits"])}) for row in rows]


_FIELD_TITLES = {
    "kind": "kind",
    "sums_amount": "whether amounts are summed",
    "settle_days": "days until it settles",
    "disclosure": "class",
    "part_of": "measure observed",
}


@dataclass(frozen=True, slots=True)
class SpecChange:
    """A measure that both sides have, and how each side aggregates it."""

    measure: str
    before: AggregationSpec
    after: AggregationSpec

    @property
    def has_other_values(self) -> bool:
        """Whether exact numbers may differ, not only their disclosure."""
        return self.before._replace(disclosure=self.after.disclosure) != self.after

    @property
    def sentence(self) -> str:
        """The changed properties with both values, as text."""
        both = zip(_FIELD_TITLES.values(), self.before, self.after, strict=True)
        return ", ".join(f"{title}: {was} → {now}" for title, was, now in both if was != now)


def spec_changes(specs: SpecComparison) -> list[SpecChange]:
    """Return the measures that both sides have and aggregate differently."""
    return [
        SpecChange(name, specs.before[name], specs.after[name])
        for name in specs.changed
        if name in specs.before and name in specs.after
    ]


def with_spec(table: Table, spec: AggregationSpec | None) -> Table:
    """Return the table with its measure aggregated by a spec; unchanged for None."""
    if spec is None:
        return table
    return replace(table, measure=replace(table.measure, **spec._asdict()))
