"""Closing as the others hear it: on the real topic, through the outbox, in the order of steps."""

from collections.abc import Sequence
from dataclasses import replace

from lmc.kafka import LocalKafka
from schemas.reporting import PeriodClosed, PeriodReopened
from services.reporting.closing.check import check, closings, witnessed
from tests.integration.outbox_kit import all_sent, become, read_whole, relaying
from tests.integration.reporting.closing import BACK, MAY, Office
from tests.reference.tell import CECA, PROKUPLJE, say

TOPIC = "reporting-events"
AFTER = "2025-06-01T13:00:00Z"


async def test_who_hears_the_topic_learns_of_every_step_once_and_in_order(
    office: Office, kafka: LocalKafka, domain_topics: Sequence[str]
) -> None:
    assert TOPIC in domain_topics
    first = await office.close()
    await office.desk.fold(say(BACK, "2023-05-04", CECA, recordedtime=AFTER))
    await office.look()
    await office.reopen()
    second = await office.close()
    await office.look()
    pool = office.desk.context.pool
    async with relaying(pool, kafka.bootstrap, "reporting"):
        await become(lambda: all_sent(pool))
    heard = await read_whole(kafka.bootstrap, TOPIC)

    assert {record.key for record in heard} == {f"m-{PROKUPLJE}"}
    assert {record.event.source for record in heard} == {"/services/reporting"}
    assert [(record.event.fact_type, record.event.factid) for record in heard] == [
        ("reporting.period.closed", f"{MAY}.v1"),
        ("reporting.indicator.revised", f"MI-05.{MAY}.v1"),
        ("reporting.period.reopened", f"{MAY}.v1"),
        ("reporting.period.closed", f"{MAY}.v2"),
    ]
    told = [record.event.data for record in heard]
    digests = [data.digest for data in told if isinstance(data, (PeriodClosed, PeriodReopened))]
    kept = await pool.fetch("SELECT id, encode(digest, 'hex') AS digest FROM release")
    by_id = {row["id"]: row["digest"] for row in kept}
    assert digests == [by_id[first], by_id[first], by_id[second]]


async def test_the_log_is_the_witness_of_what_was_closed(
    office: Office, kafka: LocalKafka, domain_topics: Sequence[str]
) -> None:
    assert TOPIC in domain_topics
    await office.close()
    pool = office.desk.context.pool
    unsaid = witnessed(await check(pool), await closings(kafka.bootstrap))
    async with relaying(pool, kafka.bootstrap, "reporting"):
        await become(lambda: all_sent(pool))
    said = await closings(kafka.bootstrap)
    (right,) = witnessed(await check(pool), said)
    (forged,) = witnessed([replace(right, digest="00", computed="00")], said)
    (lost,) = witnessed([], said)
    other = await closings(kafka.bootstrap, period="2023-06")

    assert [each.agrees for each in (*unsaid, right, forged, lost)] == [False, True, False, False]
    assert (lost.at, lost.said) == (right.at, (right.digest,))
    assert [each.is_lost for each in (right, forged, lost)] == [False, False, True]
    assert other == {}
