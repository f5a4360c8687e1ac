"""One batch: facts, duplicates, conflicts, invalid records, unknown types; two replicas at once."""

import asyncio
from datetime import UTC, datetime

import pytest

from runtime.messaging.records import RecordCounts
from runtime.process.errors import DependencyMissing
from tests.integration.reporting.conftest import OpenReporting
from tests.integration.reporting.harness import ReportingHarness, counted_by_reference
from tests.reference.builders import ANA, BOBAN, CECA, IVANJICA, NIS, correct, make_event, retract
from tests.reference.shapes import Event

ENROLLED, MADE = "registration.person.enrolled", "matching.placement.made"
MERGED = "registration.person.merged"
ROUNDS = 40


def placement_events() -> list[Event]:
    """Return events: Ana returns, is placed, and the placement is corrected."""
    placed = make_event(MADE, "2023-03-02")
    corrected = correct(placed, on="2023-04-03", municipality=NIS, kind="open_ended")
    return [make_event(ENROLLED, "2023-01-10"), placed, corrected]


async def test_a_repeated_event_is_a_duplicate_and_counts_once(reporting: ReportingHarness) -> None:
    events = placement_events()
    first = await reporting.process(*events, events[1])
    second = await reporting.process(*events)

    assert (first, second) == (RecordCounts(applied=3, duplicate=1), RecordCounts(duplicate=3))
    assert await reporting.entries() == counted_by_reference(events)


async def test_a_fact_has_the_earliest_recordedtime_of_its_duplicates(
    reporting: ReportingHarness,
) -> None:
    late = make_event(ENROLLED, "2023-01-10", recordedtime="2023-05-01T10:00:00Z")
    await reporting.process(late, late | {"recordedtime": "2023-04-01T10:00:00Z"})
    await reporting.process(late | {"recordedtime": "2023-02-01T10:00:00Z"})
    await reporting.process(late | {"recordedtime": "2023-03-01T10:00:00Z"})

    known = await reporting.context.pool.fetchval("SELECT recorded_at FROM fact")
    assert known == datetime(2023, 2, 1, 10, tzinfo=UTC)


async def test_an_event_without_recordedtime_was_recorded_when_kafka_received_it(
    reporting: ReportingHarness,
) -> None:
    event = make_event(ENROLLED, "2023-01-10")
    del event["recordedtime"]
    await reporting.process(event)

    known = await reporting.context.pool.fetchval("SELECT recorded_at FROM fact")
    assert known == datetime(1970, 1, 1, 12, tzinfo=UTC)


async def test_of_a_conflict_the_first_in_the_log_counts_and_the_other_is_quarantined(
    reporting: ReportingHarness,
) -> None:
    first = make_event(MADE, "2023-03-02", id="e-1")
    other = make_event(MADE, "2023-03-02", id="e-1", municipality=IVANJICA)
    counts = [await reporting.process(first, other), await reporting.process(other)]

    assert counts == [RecordCounts(applied=1, quarantined=1), RecordCounts(quarantined=1)]
    assert [count.quarantined_codes for count in counts] == [("E1301",), ("E1301",)]
    assert await reporting.entries() == counted_by_reference([first])
    quarantined = await reporting.context.pool.fetch(
        "SELECT code, source, event_id FROM quarantine"
    )
    assert {tuple(row) for row in quarantined} == {("E1301", "/services/matching", "e-1")}


async def test_the_decision_about_a_conflict_outlives_the_facts(
    reporting: ReportingHarness,
) -> None:
    first = make_event(MADE, "2023-03-02", id="e-1")
    other = make_event(MADE, "2023-03-02", id="e-1", municipality=IVANJICA)
    await reporting.process(first, other)
    await reporting.context.pool.execute("TRUNCATE fact, entry, subject")
    again = [await reporting.process(other), await reporting.process(other, first, other)]

    assert again == [RecordCounts(quarantined=1), RecordCounts(applied=1, quarantined=2)]
    assert await reporting.entries() == counted_by_reference([first])


async def test_u0000_in_an_event_of_any_type_is_quarantined_and_stops_nothing(
    reporting: ReportingHarness,
) -> None:
    known = make_event(ENROLLED, "2023-01-10") | {"data": {"note": "\0"}}
    unknown = known | {"id": "e-u", "type": "matching.thing.seen.v1", "data": {"deep": ["\0"]}}
    events = placement_events()

    count = await reporting.process(known, unknown, *events)

    assert count == RecordCounts(applied=3, quarantined=2)
    assert count.quarantined_codes == ("E1104", "E1104")
    assert await reporting.entries() == counted_by_reference(events)


async def test_invalid_records_are_quarantined_encrypted_and_their_neighbours_count(
    reporting: ReportingHarness,
) -> None:
    events = placement_events()
    count = await reporting.process(
        events[0], b"poison", *events[1:], b'{"specversion": "1.0"}', None
    )

    assert count == RecordCounts(applied=3, quarantined=2, ignored=1)
    assert await reporting.entries() == counted_by_reference(events)
    assert (
        await reporting.fetch_number(
            "SELECT count(*) FROM quarantine WHERE encrypted_value IS NOT NULL"
        )
        == 2
    )


async def test_an_event_of_an_unknown_type_is_stored_without_entries(
    reporting: ReportingHarness,
) -> None:
    unknown = make_event(ENROLLED, "2023-01-10") | {"type": "registration.person.sung.v7"}
    count = await reporting.process(unknown, make_event(MADE, "2023-03-02"))

    assert count == RecordCounts(applied=2)
    assert (
        await reporting.fetch_number(
            "SELECT version FROM fact WHERE type = 'registration.person.sung'"
        )
        == 7
    )
    assert await reporting.entries() == counted_by_reference([make_event(MADE, "2023-03-02")])


async def test_only_the_difference_is_written(reporting: ReportingHarness) -> None:
    await reporting.process(*placement_events())
    await reporting.context.pool.execute("CREATE TABLE before AS SELECT ctid AS at FROM entry")
    await reporting.process(make_event("registration.service.delivered", "2023-05-01"))

    replaced = "SELECT count(*) FROM before WHERE at NOT IN (SELECT ctid FROM entry)"
    assert await reporting.fetch_number(replaced) == 0
    assert await reporting.fetch_number(
        "SELECT count(*) FROM entry"
    ) > await reporting.fetch_number("SELECT count(*) FROM before")


async def test_a_merge_and_its_retraction_move_entries_back_and_forth(
    reporting: ReportingHarness,
) -> None:
    merge = make_event(MERGED, "2023-05-01", CECA, **{"with": ANA})
    made = [make_event(MADE, "2023-03-02", ANA), make_event(MADE, "2023-03-05", CECA, factid="f-2")]
    seen: list[Event] = []
    for event in (*made, merge, retract(merge)):
        await reporting.process(event)
        seen.append(event)

        assert await reporting.entries() == counted_by_reference(seen)


async def test_a_merge_and_a_placement_processed_by_two_replicas_at_once_lose_nothing(
    open_reporting: OpenReporting,
) -> None:
    one, other = await open_reporting(), await open_reporting()
    events: list[Event] = []
    for number in range(ROUNDS):
        a, b = (f"p-{number:02}{letter * 24}" for letter in "ab")
        known = [make_event(ENROLLED, "2023-01-10", code, id=f"{code}-known") for code in (a, b)]
        merged = make_event(MERGED, "2023-05-01", b, id=f"m-{number}", **{"with": a})
        made = make_event(MADE, "2023-03-02", (a, b)[number % 2], id=f"b-{number}")
        # The codes exist: otherwise the second replica would wait for the first to insert them.
        await one.process(*known)
        await asyncio.gather(one.process(merged), other.process(made, partition=1))
        events += [*known, merged, made]

    assert await one.entries() == counted_by_reference(events)
    assert one.retries["RetryTransaction"] + other.retries["RetryTransaction"] > 0, (
        "the replicas never met"
    )


async def test_two_replicas_with_the_same_events_count_them_once(
    open_reporting: OpenReporting,
) -> None:
    one, other = await open_reporting(), await open_reporting()
    events = [
        make_event(MADE, "2023-03-02", f"p-{number:02}{'d' * 24}", id=f"e-{number}")
        for number in range(ROUNDS)
    ]
    counts = await asyncio.gather(
        one.process(*events), other.process(*reversed(events), partition=1)
    )

    assert sorted(count.applied for count in counts) == [0, ROUNDS]
    assert await one.entries() == counted_by_reference(events)


async def test_a_program_with_other_definitions_refuses_a_batch(
    reporting: ReportingHarness,
) -> None:
    await reporting.context.pool.execute(
        "UPDATE projection SET definitions_fingerprint = 'another'"
    )

    with pytest.raises(DependencyMissing, match="other definitions"):
        await reporting.process(make_event(MADE, "2023-03-02", BOBAN))
