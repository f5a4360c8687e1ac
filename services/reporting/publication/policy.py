"""The publication policy: which values of the exact tables every reader may see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from schemas.periods import Period
from services.reporting.domain.indicator import Disclosure, Indicator, Measure, MeasureKind
from services.reporting.tables.table import TOTAL, Table, Value, ValueState


@dataclass(frozen=True, slots=True)
class Policy:
    """Versioned data: the disclosure classes whose totals are published exactly and at once."""

    version: int
    live: frozenset[Disclosure]


POLICY = Policy(version=1, live=frozenset({Disclosure.A}))

_DENIAL_REASONS = {
    Disclosure.A: "Only totals of class A are published.",
    Disclosure.B: "Class B (a part or a split) is not published yet.",
    Disclosure.C: "Class C (a split that betrays a legal status) is not published yet.",
}
STEWARD_HINT = "The data steward reads it in layer `exact`."


@dataclass(frozen=True, slots=True)
class PublishableMeasures:
    """The measures whose totals a policy publishes, by the name that their entries carry."""

    measures: Mapping[str, tuple[Indicator, Measure]]

    @classmethod
    def of(cls, catalogue: Iterable[Indicator], policy: Policy = POLICY) -> "PublishableMeasures":
        """Return those of a catalogue."""
        return cls(
            {
                name: (indicator, measure)
                for indicator in catalogue
                for name, measure in indicator.named_measures
                if measure.disclosure in policy.live
            }
        )

    def tables(self, name: str, place: str, periods: Iterable[Period]) -> list[Table]:
        """Return the totals of a measure at a place; none if it is not published."""
        if name not in self.measures:
            return []
        return [Table(*self.measures[name], place, period) for period in periods]

    def is_observed(self, name: str) -> bool:
        """Return whether a measure shows observed figures, which are never added over places."""
        return name in self.measures and self.measures[name][1].kind is MeasureKind.OBSERVED


def _disclosure_of(table: Table) -> Disclosure:
    """Return the disclosure class of a whole table."""
    return table.indicator.disclosure_of(table.measure, table.split)


def is_live(table: Table, policy: Policy = POLICY) -> bool:
    """Return whether a table is published exactly and at once, zeros included."""
    return table.split == TOTAL and _disclosure_of(table) in policy.live


def apply_policy(table: Table, exact: Sequence[Value], policy: Policy = POLICY) -> list[Value]:
    """Return what readers may see of an exact table.

    A denied table is one value without a number. The buckets of a denied split are not named,
    because a bucket exists only if somebody is in it.
    """
    if is_live(table, policy):
        return list(exact)
    bucket = TOTAL if table.split == TOTAL else None
    return [Value(bucket, None, ValueState.DENIED)]


def denial_reason(table: Table) -> str:
    """Return why a table is denied, and who may read it."""
    return f"{_DENIAL_REASONS[_disclosure_of(table)]} {STEWARD_HINT}"
