"""Measures that other definitions count in another way, though from the same entries."""

from dataclasses import dataclass, replace

from services.reporting.folding.ways import Way
from services.reporting.rebuilding.changeover import BothWays
from services.reporting.tables.table import Table

WORDS = {
    "kind": "kind",
    "sums_amount": "whether amounts are summed",
    "settle_days": "days until it settles",
    "disclosure": "class",
    "part_of": "measure observed",
}


@dataclass(frozen=True, slots=True)
class Recounted:
    """A measure that both sides have, and how it is counted on each."""

    measure: str
    before: Way
    after: Way

    @property
    def has_other_values(self) -> bool:
        """Whether exact numbers may differ, not only who sees them."""
        return self.before._replace(disclosure=self.after.disclosure) != self.after

    @property
    def sentence(self) -> str:
        """What is another one, in words."""
        both = zip(WORDS.values(), self.before, self.after, strict=True)
        return ", ".join(f"{words}: {was} → {now}" for words, was, now in both if was != now)


def recounted_of(ways: BothWays) -> list[Recounted]:
    """The measures that are known on both sides, and counted in another way."""
    return [
        Recounted(name, ways.before[name], ways.after[name])
        for name in ways.recounted
        if name in ways.before and name in ways.after
    ]


def with_way(table: Table, way: Way | None) -> Table:
    """The table with its measure counted in that way, if it is known."""
    if way is None:
        return table
    return replace(table, measure=replace(table.measure, **way._asdict()))
