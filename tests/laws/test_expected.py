"""Targets and completeness of any log are what the reference has, in any order and repetition."""

import random
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.clock import belgrade_day
from schemas.attributes import instant_of
from schemas.event import Event as Said
from schemas.periods import parse
from schemas.territory import COUNCILS
from services.reporting.counting.history import Fact
from services.reporting.expecting.completeness import (
    Completeness,
    Key,
    judged,
    renewed,
    through_of,
)
from services.reporting.expecting.reporters import Reporter
from services.reporting.expecting.targets import standing, targets_of
from services.reporting.tables.table import TOTAL, State, Table, Value
from tests.laws.agreement import BLOCK, FIRST_SEED, LOGS
from tests.laws.product import MEASURES, fact_of, heard
from tests.reference import expecting
from tests.reference.contents import RECORDED
from tests.reference.expecting import random_expectations, random_reporters
from tests.reference.logs import story
from tests.reference.plain import Event

SEEDS = range(FIRST_SEED, FIRST_SEED + LOGS)
BLOCKS = [SEEDS[begin : begin + BLOCK] for begin in range(0, len(SEEDS), BLOCK)]
PLACES = ("70998", "79022", "89010", "RS229", "RS22", "RS-KM", "RS")
PERIODS = ("2023-06", "2023-Q2", "2023", "2024", "to-2023-06")
TODAYS = tuple(map(date.fromisoformat, ("2023-06-30", "2023-07-01", "2024-05-31", "2025-06-01")))
MEASURED = {"MI-13.placed": {"matching"}, "PI-03.persons": {"training"}}
ZERO = Value(TOTAL, 0, State.ZERO)


def facts(events: list[Event], known_at: str | None = None) -> list[Fact[Said]]:
    """All facts as they come off the bus; only those that had been recorded by an instant."""
    told = [fact_of(heard(event)) for event in events]
    if known_at is None:
        return told
    return [fact for fact in told if fact.recorded_at <= instant_of(known_at, "known_at")]


def targets(events: list[Event], known_at: str | None = None) -> expecting.Targets:
    """What stands, in the shape of the reference."""
    return {
        cell: (Decimal(fact.event.value), fact.event.decision)
        for cell, fact in standing(facts(events, known_at)).items()
    }


def through(events: list[Event], known_at: str | None = None) -> dict[Key, date]:
    return through_of(facts(events, known_at), COUNCILS)


def as_listed(rows: list[expecting.Row]) -> tuple[Reporter, ...]:
    """The rows of a reporters' file as the product has read them."""
    return tuple(
        Reporter(r["organisation"], r["domain"], r["municipality"], date.fromisoformat(r["from"]))
        for r in rows
    )


@pytest.mark.parametrize("seeds", BLOCKS, ids=str)
def test_targets_and_reports_equal_the_reference_now_and_as_known_at_any_instant(
    seeds: range,
) -> None:
    for seed in seeds:
        events = random_expectations(seed)
        for instant in (None, *RECORDED):
            told = f"seed {seed}, known at {instant}:\n{story(events)}"

            assert targets(events, instant) == expecting.targets(events, instant), told
            assert through(events, instant) == expecting.reported(events, instant), told


@pytest.mark.parametrize("seeds", BLOCKS, ids=str)
def test_who_is_silent_equals_the_reference_and_decides_what_a_zero_is(seeds: range) -> None:
    for seed in seeds:
        chance, rows = random.Random(seed), random_reporters(seed)  # noqa: S311 - a test's chances
        events = random_expectations(seed)
        place, period = chance.choice(PLACES), chance.choice(PERIODS)
        measure, domains = chance.choice(sorted(MEASURED.items()))
        completeness = Completeness(chance.choice(TODAYS), as_listed(rows), through(events))
        table = Table(*MEASURES[measure], place, parse(period))
        asked = {"place": place, "domains": domains, "period": period}
        told = expecting.reported(events)
        right = expecting.silent(asked, rows, told, completeness.today)
        found = {
            (s.organisation, s.domain, s.council, s.since) for s in completeness.silent_on(table)
        }
        state = judged(table, [ZERO], completeness)[0].state

        assert found == right, f"seed {seed}: {asked} {rows}\n{story(events)}"
        assert state == ("silent" if right else "zero"), f"seed {seed}"


@given(st.integers(0, 10**6), st.randoms(use_true_random=False), st.integers(0, 20))
def test_order_and_repetition_change_no_target_and_no_report(
    seed: int, chance: random.Random, more: int
) -> None:
    events = random_expectations(seed)
    again = chance.sample(events, len(events)) + chance.choices(events, k=more)

    assert targets(again) == targets(events), story(events)
    assert through(again) == through(events), story(events)
    assert targets_of(facts(chance.sample(events, len(events)))) == targets_of(facts(events))


@given(st.integers(0, 10**6), st.sampled_from(RECORDED))
def test_what_was_recorded_later_changes_nothing_that_was_known_at_an_instant(
    seed: int, instant: str
) -> None:
    events = random_expectations(seed)
    by_then = [event for event in events if event["recordedtime"] <= instant]

    assert targets(events, instant) == targets(by_then), story(events)
    assert through(events, instant) == through(by_then), story(events)


@pytest.mark.parametrize("seeds", BLOCKS, ids=str)
def test_what_follows_from_changed_records_is_what_follows_from_all(seeds: range) -> None:
    for seed in seeds:
        chance, left = random.Random(seed), random_expectations(seed)  # noqa: S311 - as above
        heard_so_far: list[Fact[Said]] = []
        known: dict[Key, date] = {}
        while left:
            size = chance.randint(1, 3)
            fresh, left = facts(left[:size]), left[size:]
            heard_so_far += fresh
            records = {(each.source, each.subject, each.factid) for each in fresh}
            anew = [f for f in heard_so_far if (f.source, f.subject, f.factid) in records]
            through, uncertain = renewed(known, anew)
            right = through_of(heard_so_far)
            certain = {key: day for key, day in through.items() if key[2] not in uncertain}

            assert certain == {k: d for k, d in right.items() if k[2] not in uncertain}, seed
            known = right


def test_the_random_logs_hold_what_the_laws_are_about() -> None:
    seeds = range(300)
    logs = [random_expectations(seed) for seed in seeds]
    kinds = {event["type"] for events in logs for event in events}
    states = {
        version.state
        for events in logs
        for t in targets_of(facts(events))
        for version in t.versions
    }

    assert kinds == {
        "reference.target.set.v1",
        "reference.partner.reported.v1",
        "reference.fact.retracted.v1",
    }
    assert states == {"counts", "superseded", "retracted"}
    assert sum(targets(events) != targets(events, RECORDED[2]) for events in logs) > 50
    assert belgrade_day(instant_of(RECORDED[0], "known_at")).year == 2025
