"""A reconciliation agrees with what was projected, and finds whatever was changed otherwise."""

import json

import pytest

from services.reporting.reconciliation.model import ReconciliationReport
from services.reporting.reconciliation.report import reconcile, source_log
from tests.integration.reporting.harness import ReportingHarness
from tests.integration.reporting.lost_logs import (
    create_topic,
    delete_longest_partition,
    delete_topic,
)
from tests.integration.reporting.mixed_log import MADE, events, now
from tests.integration.reporting.topic_log import TopicLog
from tests.reference.builders import ANA, make_event

REPORTED_TOO_LATE = """
INSERT INTO published.reported (organisation, domain, place, through)
VALUES ('o-nes', 'matching', '70998', '2099-01-01')
"""


async def reconciled(reporting: ReportingHarness, log: TopicLog) -> ReconciliationReport:
    known = source_log(log.bootstrap, log.topics)
    return await reconcile(reporting.context.pool, known, reporting.context.declared, now)


def differences(report: ReconciliationReport) -> list[str]:
    return [f"{each.where}: {each.what}" for check in report.checks for each in check.differences]


async def test_what_was_projected_agrees(projected: ReportingHarness, log: TopicLog) -> None:
    report = await reconciled(projected, log)
    as_json = json.loads(report.to_json())

    assert differences(report) == []
    assert report.agrees
    assert [check.name for check in report.checks] == ["entries", "log", "reports"]
    assert report.checks[0].compared == await projected.fetch_number("SELECT count(*) FROM entry")
    assert report.checks[1].compared == len(events()) + 1
    assert sum(each["next_offset"] for each in as_json["positions"]) == len(events()) + 1
    assert len(as_json["definitions_fingerprint"]) == 64


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("DELETE FROM entry WHERE ctid = (SELECT min(ctid) FROM entry)", "1 missing"),
        ("INSERT INTO entry SELECT * FROM entry LIMIT 1", "1 too many"),
        ("UPDATE entry SET on_date = on_date - 1", "too many"),
        ("UPDATE entry SET subject = 999999", "too many"),
        ("UPDATE subject SET canonical_id = id", "its canonical id is"),
        ("DELETE FROM subject", "its subject is not known"),
        ("DELETE FROM fact WHERE event_id = 'other'", "it is no fact"),
        (
            "UPDATE fact SET data = data || '{\"sector\": \"A\"}' WHERE event_id = 'made'",
            "not what",
        ),
        ("UPDATE fact SET digest = 'x' WHERE event_id = 'made'", "another digest"),
        ("DELETE FROM quarantine", "not in quarantine"),
        ("UPDATE position SET topic_id = 'x'", "deleted and created again"),
        (REPORTED_TOO_LATE, "published through 2099-01-01, the facts say 2023"),
        (
            "UPDATE position SET applied = applied - 1, ignored = ignored + 1 WHERE applied > 0",
            "stored",
        ),
    ],
)
async def test_what_was_changed_in_the_database_is_found(
    projected: ReportingHarness, log: TopicLog, change: str, found: str
) -> None:
    await projected.context.pool.execute(change)
    report = await reconciled(projected, log)

    assert not report.agrees
    assert [each for each in differences(report) if found in each], differences(report)


async def test_a_fact_that_the_log_lacks_is_found(
    projected: ReportingHarness, log: TopicLog
) -> None:
    await projected.process(make_event(MADE, "2023-03-02", ANA, id="never-published"))
    report = await reconciled(projected, log)

    assert any("are stored" in each for each in differences(report))


async def test_a_deleted_topic_is_a_discrepancy_of_each_of_its_partitions(
    projected: ReportingHarness, log: TopicLog
) -> None:
    (topic,) = log.topics
    await delete_topic(log)
    report = await reconciled(projected, log)
    entries, records, _ = report.checks

    assert not report.agrees
    assert differences(report) == [
        f"{topic} partition {number}: not in Kafka: the topic was deleted, or created again with"
        " fewer partitions"
        for number in range(log.partitions)
    ]
    assert entries.compared == await projected.fetch_number("SELECT count(*) FROM entry")
    assert (records.compared, report.positions) == (0, ())


async def test_a_topic_created_again_is_a_discrepancy_of_each_of_its_partitions(
    projected: ReportingHarness, log: TopicLog
) -> None:
    await delete_topic(log)
    await create_topic(log, partitions=1)
    report = await reconciled(projected, log)
    found = differences(report)

    assert not report.agrees
    assert sum("the topic was deleted and created again" in each for each in found) == 1
    assert sum("the log ends at 0" in each for each in found) == 1
    assert sum("not in Kafka" in each for each in found) == log.partitions - 1
    assert len(found) == log.partitions + 1


async def test_records_that_kafka_has_deleted_are_a_discrepancy_and_the_others_are_compared(
    projected: ReportingHarness, log: TopicLog
) -> None:
    partition, deleted = await delete_longest_partition(log)
    report = await reconciled(projected, log)

    assert differences(report) == [
        f"{partition[0]} partition {partition[1]}: the log begins at {deleted}"
    ]
    assert report.checks[1].compared == len(events()) + 1 - deleted
