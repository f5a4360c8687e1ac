"""Targets: what a council has decided that a measure should reach, and the progress so far.

Where the specification is silent: of several facts about one measure, council and period the last
in the order of facts counts, whoever recorded it. A target is for exactly its council and period;
it is never added up, and a to-period has none, because the event cannot name one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, NamedTuple, cast

from schemas.events.reference import TargetSet
from schemas.periods import Period
from schemas.rules.recorded_fact import sort_key
from schemas.territory import council_of
from services.reporting.domain.history import Fact, newest
from services.reporting.tables.table import Value, ValueState

SUBJECT_PREFIX: Final = "t-"
_ONE_DECIMAL: Final = Decimal("0.1")
_STATES_WITH_PROGRESS: Final = frozenset({ValueState.VALUE, ValueState.ZERO})
"""A number in any other state has no percentage: it may be hidden, or not be final yet."""


class TargetCell(NamedTuple):
    """What a target is set for; `measure` as the indicator names it."""

    indicator: str
    measure: str
    council: str
    period: str


@dataclass(frozen=True, slots=True)
class TargetVersion:
    """One fact about a target: by which decision, recorded when, and whether it counts.

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
    """The target of a cell and its history; no value if every version of it was retracted."""

    cell: TargetCell
    value: Decimal | None
    decision: str | None
    versions: tuple[TargetVersion, ...]


@dataclass(frozen=True, slots=True)
class Pace:
    """How much of a period has passed: whole days that are over."""

    days_passed: int
    days: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of a target a number has reached; without a number only what is due.

    `percent` is the share of the target, `pace_percent` that of `due_to_date`: what an even pace
    would have reached by now. `state` is that of the number, or `none` where the target is 0.
    """

    percent: Decimal | None
    due_to_date: Decimal
    pace_percent: Decimal | None
    state: ValueState


def effective_targets(facts: Iterable[Fact]) -> dict[TargetCell, Fact[TargetSet]]:
    """Return the fact that counts for each cell; order and repetition do not matter."""
    found: dict[TargetCell, Fact[TargetSet]] = {}
    for fact in sorted(newest(facts), key=sort_key):
        if isinstance(fact.event, TargetSet):
            target = cast("Fact[TargetSet]", fact)
            found[_cell_of(target)] = target
    return found


def _cell_of(fact: Fact[TargetSet]) -> TargetCell:
    """Return the cell that the fact sets a target for."""
    indicator, event = fact.subject.removeprefix(SUBJECT_PREFIX), fact.event
    measure = event.measure.removeprefix(f"{indicator}.")
    return TargetCell(indicator, measure, council_of(event.municipality), event.period)


def targets_with_versions(facts: Iterable[Fact]) -> list[Target]:
    """Return every cell that ever had a target, with all its versions in order of recording."""
    distinct = _distinct_events(facts)
    effective = effective_targets(distinct)
    heads = {fact.identity: fact for fact in newest(distinct)}
    versions: dict[TargetCell, list[TargetVersion]] = {}
    for fact in sorted(distinct, key=_recording_order):
        if isinstance(fact.event, TargetSet):
            target = cast("Fact[TargetSet]", fact)
            state = _state(target, heads, effective)
            versions.setdefault(_cell_of(target), []).append(_version(target, state))
    return [_target(cell, effective.get(cell), tuple(versions[cell])) for cell in sorted(versions)]


def pace_of(period: Period, today: date) -> Pace:
    """Return how much of a period (with a first day) has passed on a day that is not over."""
    days = (period.last - period.start).days + 1
    return Pace(min(max((today - period.start).days, 0), days), days)


def progress(value: Value, target: Decimal, pace: Pace) -> Progress:
    """Return the progress of a number as it is published; none if no number is published."""
    due = target * pace.days_passed / pace.days
    if value.state not in _STATES_WITH_PROGRESS or value.value is None:
        return Progress(None, _rounded(due), None, value.state)
    number = Decimal(value.value)
    state = value.state if target else ValueState.NONE
    return Progress(_percent(number, target), _rounded(due), _percent(number, due), state)


def _distinct_events(facts: Iterable[Fact]) -> list[Fact]:
    """Return every event once, as it was first recorded."""
    latest_first = sorted(facts, key=_recording_order, reverse=True)
    return list({(fact.source, fact.event_id): fact for fact in latest_first}.values())


def _percent(number: Decimal, target: Decimal) -> Decimal | None:
    return _rounded(100 * number / target) if target else None


def _rounded(number: Decimal) -> Decimal:
    return number.quantize(_ONE_DECIMAL, ROUND_HALF_UP)


def _recording_order(fact: Fact) -> tuple[datetime, int, str, str]:
    return (fact.recorded_at, fact.revision, fact.source, fact.event_id)


def _state(
    fact: Fact[TargetSet],
    heads: Mapping[tuple[str, str, str, str], Fact],
    effective: Mapping[TargetCell, Fact[TargetSet]],
) -> str:
    head = heads.get(fact.identity)
    if head is None:
        return "retracted"
    return "counts" if head is fact and effective[_cell_of(fact)] is fact else "superseded"


def _version(fact: Fact[TargetSet], state: str) -> TargetVersion:
    return TargetVersion(
        value=Decimal(fact.event.value),
        decision=fact.event.decision,
        on=fact.on,
        source=fact.source,
        factid=fact.factid,
        revision=fact.revision,
        recorded_at=fact.recorded_at,
        state=state,
    )


def _target(
    cell: TargetCell, fact: Fact[TargetSet] | None, versions: tuple[TargetVersion, ...]
) -> Target:
    if fact is None:
        return Target(cell, None, None, versions)
    return Target(cell, Decimal(fact.event.value), fact.event.decision, versions)
