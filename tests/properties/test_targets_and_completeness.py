"""Targets and completeness of any log equal the reference, in any order and repetition."""

import random
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.process.clock import belgrade_day
from schemas.events.event import Event as EventData
from schemas.periods import parse_period
from schemas.territory import COUNCILS
from schemas.validation.decode import parse_instant
from services.reporting.completeness.model import (
    Completeness,
    ReportKey,
    apply_changed_reports,
    mark_silent_zeros,
    reported_through,
)
from services.reporting.completeness.reporters import Reporter
from services.reporting.domain.history import Fact
from services.reporting.tables.table import TOTAL, Table, Value, ValueState
from services.reporting.targets.model import effective_targets, targets_with_versions
from tests.properties.agreement import BLOCK, FIRST_SEED, LOGS
from tests.properties.product import MEASURES, decoded, fact_of
from tests.reference import targets_and_completeness as reference
from tests.reference.contents import RECORDED
from tests.reference.logs import story
from tests.reference.shapes import Event
from tests.reference.targets_and_completeness import random_expectations, random_reporters

SEEDS = range(FIRST_SEED, FIRST_SEED + LOGS)
BLOCKS = [SEEDS[begin : begin + BLOCK] for begin in range(0, len(SEEDS), BLOCK)]
PLACES = ("70998", "79022", "89010", "RS229", "RS22", "RS-KM", "RS")
PERIODS = ("2023-06", "2023-Q2", "2023", "2024", "to-2023-06")
TODAYS = tuple(map(date.fromisoformat, ("2023-06-30", "2023-07-01", "2024-05-31", "2025-06-01")))
MEASURED = {"MI-13.placed": {"matching"}, "PI-03.persons": {"training"}}
ZERO = Value(TOTAL, 0, ValueState.ZERO)


def facts(events: list[Event], as_of: str | None = None) -> list[Fact[EventData]]:
    """Return all facts, or those that had been recorded by an instant."""
    arrived = [fact_of(decoded(event)) for event in events]
    if as_of is not None:
        arrived = [f for f in arrived if f.recorded_at <= parse_instant(as_of, "as_of")]
    return as_stored(arrived)


def as_stored(arrived: list[Fact[EventData]]) -> list[Fact[EventData]]:
    """Return each event once, recorded at the earliest instant: as the projection stores it."""
    stored: dict[tuple[str, str], Fact[EventData]] = {}
    for fact in arrived:
        key = (fact.source, fact.event_id)
        before = stored.get(key, fact)
        stored[key] = fact._replace(recorded_at=min(fact.recorded_at, before.recorded_at))
    return list(stored.values())


def targets(events: list[Event], as_of: str | None = None) -> reference.Targets:
    """Return the current targets in the shape of the reference."""
    return {
        cell: (Decimal(fact.event.value), fact.event.decision)
        for cell, fact in effective_targets(facts(events, as_of)).items()
    }


def through(events: list[Event], as_of: str | None = None) -> dict[ReportKey, date]:
    return reported_through(facts(events, as_of), COUNCILS)


def as_listed(rows: list[reference.Row]) -> tuple[Reporter, ...]:
    """Return the rows of a reporters' file as the product reads them."""
    return tuple(
        Reporter(r["organisation"], r["domain"], r["municipality"], date.fromisoformat(r["from"]))
        for r in rows
    )


@pytest.mark.parametrize("seeds", BLOCKS, ids=str)
def test_targets_and_reports_equal_the_reference_now_and_as_of_any_instant(
    seeds: range,
) -> None:
    for seed in seeds:
        events = random_expectations(seed)
        for instant in (None, *RECORDED):
            context = f"seed {seed}, as of {instant}:\n{story(events)}"

            assert targets(events, instant) == reference.targets(events, instant), context
            assert through(events, instant) == reference.reported_through(events, instant), context


@pytest.mark.parametrize("seeds", BLOCKS, ids=str)
def test_silent_reporters_equal_the_reference_and_decide_the_state_of_a_zero(seeds: range) -> None:
    for seed in seeds:
        chance, rows = random.Random(seed), random_reporters(seed)  # noqa: S311 - a test's chances
        events = random_expectations(seed)
        place, period = chance.choice(PLACES), chance.choice(PERIODS)
        measure, domains = chance.choice(sorted(MEASURED.items()))
        completeness = Completeness(chance.choice(TODAYS), as_listed(rows), through(events))
        table = Table(*MEASURES[measure], place, parse_period(period))
        asked = {"place": place, "domains": domains, "period": period}
        through_by_key = reference.reported_through(events)
        right = reference.missing_reports(asked, rows, through_by_key, completeness.today)
        found = {
            (s.organisation, s.domain, s.council, s.since)
            for s in completeness.silent_for_table(table)
        }
        state = mark_silent_zeros(table, [ZERO], completeness)[0].state

        assert found == right, f"seed {seed}: {asked} {rows}\n{story(events)}"
        assert state == ("silent" if right else "zero"), f"seed {seed}"


@given(st.integers(0, 10**6), st.randoms(use_true_random=False), st.integers(0, 20))
def test_order_and_repetition_change_no_target_and_no_report(
    seed: int, chance: random.Random, more: int
) -> None:
    events = random_expectations(seed)
    repeated = chance.sample(events, len(events)) + chance.choices(events, k=more)

    assert targets(repeated) == targets(events), story(events)
    assert through(repeated) == through(events), story(events)
    assert targets_with_versions(
        facts(chance.sample(events, len(events)))
    ) == targets_with_versions(facts(events))


@given(st.integers(0, 10**6), st.sampled_from(RECORDED))
def test_events_recorded_later_change_nothing_as_of_an_instant(seed: int, instant: str) -> None:
    events = random_expectations(seed)
    by_then = [event for event in events if event["recordedtime"] <= instant]

    assert targets(events, instant) == targets(by_then), story(events)
    assert through(events, instant) == through(by_then), story(events)


@pytest.mark.parametrize("seeds", BLOCKS, ids=str)
def test_reports_from_changed_records_equal_those_from_all_records(seeds: range) -> None:
    for seed in seeds:
        chance, left = random.Random(seed), random_expectations(seed)  # noqa: S311 - as above
        arrived: list[Fact[EventData]] = []
        known: dict[ReportKey, date] = {}
        while left:
            size = chance.randint(1, 3)
            fresh, left = facts(left[:size]), left[size:]
            arrived = as_stored(arrived + fresh)
            records = {(each.source, each.subject, each.factid) for each in fresh}
            changed = [f for f in arrived if (f.source, f.subject, f.factid) in records]
            through, uncertain = apply_changed_reports(known, changed)
            right = reported_through(arrived)
            certain = {key: day for key, day in through.items() if key[2] not in uncertain}

            assert certain == {k: d for k, d in right.items() if k[2] not in uncertain}, seed
            known = right


def test_the_random_logs_contain_what_the_properties_are_about() -> None:
    seeds = range(300)
    logs = [random_expectations(seed) for seed in seeds]
    kinds = {event["type"] for events in logs for event in events}
    states = {
        version.state
        for events in logs
        for t in targets_with_versions(facts(events))
        for version in t.versions
    }

    assert kinds == {
        "reference.target.set.v1",
        "reference.partner.reported.v1",
        "reference.fact.retracted.v1",
    }
    assert states == {"counts", "superseded", "retracted"}
    assert sum(targets(events) != targets(events, RECORDED[2]) for events in logs) > 50
    assert belgrade_day(parse_instant(RECORDED[0], "as_of")).year == 2025
