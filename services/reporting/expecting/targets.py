"""Targets: what a council has decided a measure is to reach, and how far it has come.

Where the specification is silent: of several facts about one measure, council and period the last
in the order of facts counts, whoever said it. A target holds for exactly its council and period;
it is never summed, and a to-period has none, for none can be said for it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, NamedTuple, cast

from schemas.periods import Period
from schemas.reference import TargetSet
from schemas.territory import council_of
from services.reporting.counting.history import Fact, newest, order_of
from services.reporting.tables.table import State, Value

SUBJECT: Final = "t-"
ONE_DECIMAL: Final = Decimal("0.1")


class Cell(NamedTuple):
    """What a target is set for; `measure` as the indicator names it."""

    indicator: str
    measure: str
    council: str
    period: str


@dataclass(frozen=True, slots=True)
class Version:
    """One statement of a target: by which decision, known since when, and what became of it.

    `state`: `counts`, `superseded` (by a correction, or by a later decision) or `retracted`.
    """

    value: Decimal
    decision: str
    on: date
    source: str
    factid: str
    revision: int
    recorded_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a cell, and its history; None if every statement of it was taken back."""

    cell: Cell
    value: Decimal | None
    decision: str | None
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Pace:
    """How much of a period has passed: whole days that are over."""

    days_passed: int
    days: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a number has come to its target; without a number to show, only what is due.

    `percent` is of the target; `pace_percent` of `due_to_date`, what an even pace would have
    brought by now. `state` is that of the number, or `none` where the target is 0.
    """

    percent: Decimal | None
    due_to_date: Decimal
    pace_percent: Decimal | None
    state: State


def standing(facts: Iterable[Fact]) -> dict[Cell, Fact[TargetSet]]:
    """The fact that counts for each cell; order and repetition do not matter."""
    found: dict[Cell, Fact[TargetSet]] = {}
    for fact in sorted(newest(facts), key=order_of):
        if isinstance(fact.event, TargetSet):
            stated = cast("Fact[TargetSet]", fact)
            found[cell_of(stated)] = stated
    return found


def cell_of(fact: Fact[TargetSet]) -> Cell:
    """What the fact sets a target for."""
    indicator, told = fact.subject.removeprefix(SUBJECT), fact.event
    measure = told.measure.removeprefix(f"{indicator}.")
    return Cell(indicator, measure, council_of(told.municipality), told.period)


def targets_of(facts: Iterable[Fact]) -> list[Target]:
    """Every cell for which a target was ever set, with all its statements as they became known."""
    told = _once(facts)
    stands = standing(told)
    heads = {fact.identity: fact for fact in newest(told)}
    versions: dict[Cell, list[Version]] = {}
    for fact in sorted(told, key=_as_known):
        if isinstance(fact.event, TargetSet):
            stated = cast("Fact[TargetSet]", fact)
            state = _state(stated, heads, stands)
            versions.setdefault(cell_of(stated), []).append(_version(stated, state))
    return [_target(cell, stands.get(cell), tuple(versions[cell])) for cell in sorted(versions)]


def pace_of(period: Period, today: date) -> Pace:
    """How much of a period (with a beginning) has passed on a day that is not yet over."""
    days = (period.last - period.start).days + 1
    return Pace(min(max((today - period.start).days, 0), days), days)


def progress(value: Value, target: Decimal, pace: Pace) -> Progress:
    """How far a number, as it is shown, has come; a number that is not shown tells nothing."""
    due = target * pace.days_passed / pace.days
    if value.state not in SHOWN or value.value is None:
        return Progress(None, _rounded(due), None, value.state)
    number = Decimal(value.value)
    state = value.state if target else State.NONE
    return Progress(_percent(number, target), _rounded(due), _percent(number, due), state)


def _once(facts: Iterable[Fact]) -> list[Fact]:
    """Every event once, as it first became known."""
    latest_first = sorted(facts, key=_as_known, reverse=True)
    return list({(fact.source, fact.event_id): fact for fact in latest_first}.values())


def _percent(number: Decimal, whole: Decimal) -> Decimal | None:
    return _rounded(100 * number / whole) if whole else None


def _rounded(number: Decimal) -> Decimal:
    return number.quantize(ONE_DECIMAL, ROUND_HALF_UP)


def _as_known(fact: Fact) -> tuple[datetime, int, str, str]:
    return (fact.recorded_at, fact.revision, fact.source, fact.event_id)


def _state(
    fact: Fact[TargetSet],
    heads: Mapping[tuple[str, str, str, str], Fact],
    stands: Mapping[Cell, Fact[TargetSet]],
) -> str:
    head = heads.get(fact.identity)
    if head is None:
        return "retracted"
    return "counts" if head is fact and stands[cell_of(fact)] is fact else "superseded"


def _version(fact: Fact[TargetSet], state: str) -> Version:
    return Version(
        value=Decimal(fact.event.value),
        decision=fact.event.decision,
        on=fact.on,
        source=fact.source,
        factid=fact.factid,
        revision=fact.revision,
        recorded_at=fact.recorded_at,
        state=state,
    )


def _target(cell: Cell, fact: Fact[TargetSet] | None, versions: tuple[Version, ...]) -> Target:
    if fact is None:
        return Target(cell, None, None, versions)
    return Target(cell, Decimal(fact.event.value), fact.event.decision, versions)


SHOWN: Final = frozenset({State.VALUE, State.ZERO})
"""Of a number in any other state no percent is told: it may be hidden, or not yet be final."""
