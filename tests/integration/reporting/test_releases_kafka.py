"""Releases on the real topic: steps are published through the outbox, in order."""

from collections.abc import Sequence
from dataclasses import replace

from lmc.devstack.local_kafka import LocalKafka
from schemas.events.reporting import PeriodClosed, PeriodReopened
from services.reporting.releases.verify_digests import (
    check_digests,
    compare_with_log,
    read_published_digests,
)
from tests.integration.outbox_kit import all_sent, read_topic, relaying
from tests.integration.reporting.closing_users import BACK, MAY, ClosingUsers
from tests.reference.builders import CECA, PROKUPLJE, make_event
from tests.waiting import eventually

TOPIC = "reporting-events"
AFTER = "2025-06-01T13:00:00Z"


async def test_every_step_is_published_once_and_in_order(
    closing_users: ClosingUsers, kafka: LocalKafka, domain_topics: Sequence[str]
) -> None:
    assert TOPIC in domain_topics
    first = await closing_users.close()
    await closing_users.reporting.process(make_event(BACK, "2023-05-04", CECA, recordedtime=AFTER))
    await closing_users.recheck()
    await closing_users.reopen()
    second = await closing_users.close()
    await closing_users.recheck()
    pool = closing_users.reporting.context.pool
    async with relaying(pool, kafka.bootstrap):
        await eventually(lambda: all_sent(pool))
    received = await read_topic(kafka.bootstrap, TOPIC)

    assert {record.key for record in received} == {f"m-{PROKUPLJE}"}
    assert {record.event.source for record in received} == {"/services/reporting"}
    assert [(record.event.fact_type, record.event.factid) for record in received] == [
        ("reporting.period.closed", f"{MAY}.v1"),
        ("reporting.indicator.revised", f"MI-05.{MAY}.v1"),
        ("reporting.period.reopened", f"{MAY}.v1"),
        ("reporting.period.closed", f"{MAY}.v2"),
    ]
    published = [record.event.data for record in received]
    digests = [
        data.digest for data in published if isinstance(data, (PeriodClosed, PeriodReopened))
    ]
    stored = await pool.fetch("SELECT id, encode(digest, 'hex') AS digest FROM release")
    by_id = {row["id"]: row["digest"] for row in stored}
    assert digests == [by_id[first], by_id[first], by_id[second]]


async def test_the_digest_in_the_log_is_compared_with_the_database(
    closing_users: ClosingUsers, kafka: LocalKafka, domain_topics: Sequence[str]
) -> None:
    assert TOPIC in domain_topics
    await closing_users.close()
    pool = closing_users.reporting.context.pool
    unpublished = compare_with_log(
        await check_digests(pool), await read_published_digests(kafka.bootstrap)
    )
    async with relaying(pool, kafka.bootstrap):
        await eventually(lambda: all_sent(pool))
    published = await read_published_digests(kafka.bootstrap)
    (right,) = compare_with_log(await check_digests(pool), published)
    (forged,) = compare_with_log([replace(right, digest="00", computed="00")], published)
    (lost,) = compare_with_log([], published)
    other = await read_published_digests(kafka.bootstrap, period="2023-06")

    assert [each.agrees for each in (*unpublished, right, forged, lost)] == [
        False,
        True,
        False,
        False,
    ]
    assert (lost.key, lost.published) == (right.key, (right.digest,))
    assert [each.is_lost for each in (right, forged, lost)] == [False, False, True]
    assert other == {}
