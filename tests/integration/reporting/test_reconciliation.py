"""What a reconciliation finds is withheld, nothing else is, and reappears when it is repaired."""

from collections.abc import Mapping

import pytest

from lmc.devstack.local_kafka import LocalKafka
from runtime.process.errors import Unavailable
from services.reporting.indicators import catalogue
from services.reporting.reconciliation.reconciler import (
    DEFAULT_LIMITS,
    Reconciler,
    ReconciliationScope,
    RunLimits,
)
from services.reporting.reconciliation.report import source_log
from tests.conftest import MakeTopic
from tests.integration.reporting.conftest import OpenReporting
from tests.integration.reporting.damages import (
    BACK,
    DAMAGES,
    MEASURES,
    ONE,
    PERIODS,
    PLACED,
    PLACES,
    Cell,
)
from tests.integration.reporting.harness import TOKEN, ReportingHarness
from tests.integration.reporting.lost_logs import delete_topic
from tests.integration.reporting.mixed_log import GORDANA, now
from tests.integration.reporting.topic_log import TopicLog, consuming
from tests.reference.builders import ANA, NIS, PROKUPLJE
from tests.reference.logs import random_log

DELETE_ENTRY = """
DELETE FROM entry
WHERE subject = (SELECT id FROM subject WHERE code = 'p-0ggggggggggggggggggggggggg')
  AND measure = (SELECT id FROM measure WHERE name = 'MI-13.placed')
"""
LOGS = 120
CONCURRENT_MIN = 3
"""So many runs must have overlapped with the projection, or the test has not tested it."""
PROJECTED = "SELECT coalesce(sum(next_offset), 0)::bigint FROM position"
Values = Mapping[Cell, tuple[float | None, str]]


def reconciler_of(
    reporting: ReportingHarness, log: TopicLog, limits: RunLimits = DEFAULT_LIMITS
) -> Reconciler:
    """Return a reconciler of the test's log whose random numbers are all 0."""
    known, declared = source_log(log.bootstrap, log.topics), reporting.context.declared
    scope = ReconciliationScope(known, catalogue(declared), frozenset(declared.series))
    return Reconciler(reporting.context.pool, scope, now, lambda _: 0, limits)


async def exact(reporting: ReportingHarness) -> Values:
    """Return all tables that the test compares."""
    return {
        (measure, place, period): await reporting.total(measure, place, period)
        for measure in MEASURES
        for place in PLACES
        for period in PERIODS
    }


def withheld(values: Values) -> set[Cell]:
    return {cell for cell, (_, state) in values.items() if state == "withheld"}


async def open_kinds(reporting: ReportingHarness) -> set[str]:
    """Return the kinds of the open discrepancies."""
    rows = await reporting.context.pool.fetch(
        "SELECT kind FROM discrepancy WHERE resolved_at IS NULL"
    )
    return {row["kind"] for row in rows}


@pytest.mark.parametrize("name", DAMAGES)
async def test_damage_is_found_withheld_where_it_counts_and_shown_again_when_repaired(
    projected: ReportingHarness, log: TopicLog, name: str
) -> None:
    damage, reconciler = DAMAGES[name], reconciler_of(projected, log)
    before = await exact(projected)
    agreed = await reconciler.run("all")
    await projected.context.pool.execute(damage.done.replace("ONE", ONE))
    agreed_damaged = await reconciler.run("all")
    damaged = await exact(projected)
    resolved_too_early = await reconciler.recheck()
    kinds = await open_kinds(projected)
    await projected.context.pool.execute(damage.undone.replace("ONE", ONE))
    resolved = await reconciler.recheck()
    after = await exact(projected)

    result = (await projected.get("/verification", token=TOKEN)).json()

    assert (result["agrees"], result["discrepancies"], result["withheld"]) == (True, 0, 0)
    assert (agreed, agreed_damaged, resolved_too_early) == (True, False, 0)
    assert kinds == damage.discrepancies
    assert withheld(damaged) == damage.withheld
    assert {cell: value for cell, value in damaged.items() if cell not in damage.withheld} == {
        cell: value for cell, value in before.items() if cell not in damage.withheld
    }
    assert resolved > 0
    assert after == before
    assert await projected.fetch_number("SELECT count(*) FROM hold") == 0


async def test_a_wrong_link_is_found_also_when_it_joins_two_persons(
    projected: ReportingHarness, log: TopicLog
) -> None:
    reconciler = reconciler_of(projected, log)
    await projected.context.pool.execute(
        "UPDATE subject SET canonical_id = (SELECT id FROM subject WHERE code = $1)"
        " WHERE code = $2",
        *(ANA, GORDANA),
    )

    assert not await reconciler.run("all")
    assert (await projected.total(PLACED, PROKUPLJE, "2023-03"))[1] == "withheld"
    assert (await projected.total(BACK, NIS, "2015-03"))[1] == "zero"


async def test_a_sample_that_finds_a_wrong_number_of_facts_becomes_a_complete_run(
    projected: ReportingHarness, log: TopicLog
) -> None:
    reconciler = reconciler_of(projected, log)
    agreed = await reconciler.run("sample")
    await projected.context.pool.execute("DELETE FROM fact WHERE event_id = 'other'")
    agreed_damaged = await reconciler.run("sample")
    runs = await projected.context.pool.fetch(
        "SELECT kind, agrees FROM reconciliation_run ORDER BY id"
    )

    assert (agreed, agreed_damaged) == (True, False)
    assert [tuple(run) for run in runs] == [("sample", True), ("all", False)]
    assert (await projected.total(BACK, NIS, "2015-03"))[1] == "zero"


async def test_too_many_discrepancies_withhold_everything_until_all_agrees(
    projected: ReportingHarness, log: TopicLog
) -> None:
    reconciler = reconciler_of(projected, log, RunLimits(discrepancies_max=2))
    pool = projected.context.pool
    await pool.execute("CREATE TABLE spare AS SELECT * FROM entry")
    await pool.execute("DELETE FROM entry")
    agreed = await reconciler.run("all")
    damaged = await projected.total(BACK, NIS, "2015-03")
    await pool.execute("INSERT INTO entry SELECT * FROM spare")
    await reconciler.recheck()
    meanwhile = await open_kinds(projected)
    await reconciler.recheck()

    assert not agreed
    assert damaged == (None, "withheld")
    assert meanwhile == {"too_many"}
    assert await open_kinds(projected) == set()
    assert (await projected.total(BACK, NIS, "2015-03"))[1] == "zero"


async def test_a_deleted_topic_withholds_everything_and_stays_open_with_its_records(
    projected: ReportingHarness, log: TopicLog
) -> None:
    reconciler, pool = reconciler_of(projected, log), projected.context.pool
    await pool.execute(DAMAGES["a fact is changed"].done)
    await reconciler.run("all")
    await delete_topic(log)
    agreed = await reconciler.run("all")
    kinds = await open_kinds(projected)
    damaged = await projected.total(BACK, NIS, "2015-03")
    await pool.execute(DAMAGES["a fact is changed"].undone)
    resolved = await reconciler.recheck()

    assert not agreed
    assert kinds == {"subject", "record", "topic"}
    assert damaged == (None, "withheld")
    assert resolved == 1
    assert await open_kinds(projected) == {"record", "topic"}


async def test_a_sample_finds_a_deleted_topic(projected: ReportingHarness, log: TopicLog) -> None:
    await delete_topic(log)
    agreed = await reconciler_of(projected, log).run("sample")
    details = await projected.context.pool.fetch("SELECT detail FROM discrepancy")

    assert not agreed
    assert len(details) == log.partitions
    assert all("not in Kafka: the topic was deleted" in row["detail"] for row in details)


async def test_only_the_steward_reads_codes(projected: ReportingHarness, log: TopicLog) -> None:
    await projected.context.pool.execute(DELETE_ENTRY)
    await reconciler_of(projected, log).run("all")
    everybody = await projected.get("/verification")
    steward = await projected.get("/verification", token=TOKEN)
    wrong = await projected.get("/verification", token="nobody's")
    report = await projected.context.pool.fetchval("SELECT report FROM reconciliation_run")

    assert (everybody.json()["agrees"], everybody.json()["discrepancies"]) == (False, 1)
    assert GORDANA not in everybody.text
    assert GORDANA not in report
    assert [each["code"] for each in steward.json()["differences"]] == [GORDANA]
    assert "missing: MI-13.placed on 2023-03-09" in steward.json()["differences"][0]["detail"]
    assert wrong.status_code == 401


async def test_the_steward_reads_nothing_about_an_erased_person(
    projected: ReportingHarness, log: TopicLog
) -> None:
    await projected.context.pool.execute(DELETE_ENTRY)
    await reconciler_of(projected, log).run("all")
    await projected.context.pool.execute("INSERT INTO erased_subject (code) VALUES ($1)", GORDANA)
    response = await projected.get("/verification", token=TOKEN)

    assert GORDANA not in response.text
    assert "MI-13" not in response.text
    assert response.json()["differences"][0]["detail"] == "erased person"


async def test_other_definitions_are_no_discrepancy(
    projected: ReportingHarness, log: TopicLog
) -> None:
    reconciler = reconciler_of(projected, log)
    await projected.context.pool.execute(DAMAGES["an entry is deleted"].done.replace("ONE", ONE))
    await projected.context.pool.execute("UPDATE projection SET definitions_fingerprint = 'x'")
    with pytest.raises(Unavailable):
        await reconciler.run("all")

    assert await open_kinds(projected) == set()


async def test_runs_during_the_projection_by_two_replicas_find_nothing(
    open_reporting: OpenReporting, kafka: LocalKafka, make_topic: MakeTopic
) -> None:
    """All persons of the logs are merged sooner or later, in different partitions."""
    events = [
        event | {"id": f"{seed}-{event['id']}", "factid": f"{seed}-{event.get('factid')}"}
        for seed in range(LOGS)
        for event in random_log(seed)
    ]
    log = TopicLog(kafka.bootstrap, (await make_topic("concurrent", 3),), 3)
    reporting, other = await open_reporting(clock=now), await open_reporting(clock=now)
    reconciler = reconciler_of(reporting, log, RunLimits(sample_pause=0, all_pause=0))
    agreed: list[bool] = []
    concurrent = 0
    log.publish(events)
    async with consuming(reporting, log), consuming(other, log, "2"):
        projected = 0
        while projected < len(events):
            agreed.append(await reconciler.run("all" if len(agreed) % 2 else "sample"))
            before, projected = projected, await reporting.fetch_number(PROJECTED)
            concurrent += before < projected

    assert all(agreed)
    assert concurrent >= CONCURRENT_MIN
    assert await reporting.fetch_number("SELECT count(*) FROM discrepancy") == 0
