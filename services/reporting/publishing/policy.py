"""What is published of a table: the rule that stands between exact numbers and every reader."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.reporting.counting.indicator import Disclosure
from services.reporting.tables.table import TOTAL, State, Table, Value


@dataclass(frozen=True, slots=True)
class Policy:
    """Versioned data: the classes whose totals are shown live and exact; nothing else is shown."""

    version: int
    live: frozenset[Disclosure]


POLICY = Policy(version=1, live=frozenset({Disclosure.A}))

DENIED = {
    Disclosure.A: "Only totals of class A are published.",
    Disclosure.B: "Class B (a part or a split) is not published yet.",
    Disclosure.C: "Class C (a split that betrays a legal status) is not published yet.",
}
STEWARD = "The data steward reads it in layer `exact`."


def class_of(table: Table) -> Disclosure:
    """The disclosure class of a whole table."""
    return table.indicator.disclosure_of(table.measure, table.split)


def is_live(table: Table, policy: Policy = POLICY) -> bool:
    """Whether a table is published as it is, at once; zero is zero."""
    return table.split == TOTAL and class_of(table) in policy.live


def published(table: Table, exact: Sequence[Value], policy: Policy = POLICY) -> list[Value]:
    """What readers see of an exact table.

    A denied table is one value without a number. Of a split it names no bucket: which buckets
    there are is told by somebody's being in them.
    """
    if is_live(table, policy):
        return list(exact)
    bucket = TOTAL if table.split == TOTAL else None
    return [Value(bucket, None, State.DENIED)]


def reason(table: Table) -> str:
    """Why a table is denied, and who may see it."""
    return f"{DENIED[class_of(table)]} {STEWARD}"
