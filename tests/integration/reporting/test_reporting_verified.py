"""What a proof finds is withheld, nothing else is, and what is mended is shown again."""

from collections.abc import Mapping

import pytest

from lmc.kafka import LocalKafka
from runtime.errors import Unavailable
from services.reporting.indicators import catalogue
from services.reporting.proof import verifier as verifier_module
from services.reporting.proof.prove import domain_log
from services.reporting.proof.verifier import Proved, Verifier
from tests.conftest import MakeTopic
from tests.integration.reporting.conftest import OpenDesk
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
from tests.integration.reporting.desk import TOKEN, Desk
from tests.integration.reporting.log import Log, following
from tests.integration.reporting.proving import GORDANA, now
from tests.reference.logs import random_log
from tests.reference.tell import ANA, NIS, PROKUPLJE

LOST = """
DELETE FROM entry
WHERE subject = (SELECT id FROM subject WHERE code = 'p-0ggggggggggggggggggggggggg')
  AND measure = (SELECT id FROM measure WHERE name = 'MI-13.placed')
"""
LOGS = 120
AMID_MIN = 3
"""So many proofs must have met a fold at work, or the run was not what it is for."""
PASSED = "SELECT coalesce(sum(next_offset), 0)::bigint FROM position"
Values = Mapping[Cell, tuple[float | None, str]]


def verifier_of(desk: Desk, log: Log) -> Verifier:
    """A verifier of the test's log, to which chance gives always 0."""
    known, declared = domain_log(log.bootstrap, log.topics), desk.context.declared
    proved = Proved(known, catalogue(declared), frozenset(declared.series))
    return Verifier(desk.context.pool, proved, now, lambda _: 0)


async def exact(desk: Desk) -> Values:
    """All tables that the test looks at."""
    return {
        (measure, place, period): await desk.total(measure, place, period)
        for measure in MEASURES
        for place in PLACES
        for period in PERIODS
    }


def withheld(values: Values) -> set[Cell]:
    return {cell for cell, (_, state) in values.items() if state == "withheld"}


async def suspects(desk: Desk) -> set[str]:
    rows = await desk.context.pool.fetch("SELECT kind FROM suspect WHERE cleared_at IS NULL")
    return {row["kind"] for row in rows}


@pytest.mark.parametrize("name", DAMAGES)
async def test_damage_is_found_withheld_where_it_counts_and_shown_again_when_mended(
    folded: Desk, log: Log, name: str
) -> None:
    damage, verifier = DAMAGES[name], verifier_of(folded, log)
    before = await exact(folded)
    agreed = await verifier.run("all")
    await folded.context.pool.execute(damage.done.replace("ONE", ONE))
    found = await verifier.run("all")
    amid = await exact(folded)
    cleared_too_early = await verifier.look_again()
    kinds = await suspects(folded)
    await folded.context.pool.execute(damage.undone.replace("ONE", ONE))
    cleared = await verifier.look_again()
    after = await exact(folded)

    told = (await folded.ask("/verification", token=TOKEN)).json()

    assert (told["agrees"], told["suspects"], told["withheld"]) == (True, 0, 0)
    assert (agreed, found, cleared_too_early) == (True, False, 0)
    assert kinds == damage.suspects
    assert withheld(amid) == damage.withheld
    assert {cell: value for cell, value in amid.items() if cell not in damage.withheld} == {
        cell: value for cell, value in before.items() if cell not in damage.withheld
    }
    assert cleared > 0
    assert after == before
    assert await folded.number("SELECT count(*) FROM doubt") == 0


async def test_a_wrong_root_is_found_also_when_it_joins_strangers(folded: Desk, log: Log) -> None:
    verifier = verifier_of(folded, log)
    await folded.context.pool.execute(
        "UPDATE subject SET root = (SELECT id FROM subject WHERE code = $1) WHERE code = $2",
        *(ANA, GORDANA),
    )

    assert not await verifier.run("all")
    assert (await folded.total(PLACED, PROKUPLJE, "2023-03"))[1] == "withheld"
    assert (await folded.total(BACK, NIS, "2015-03"))[1] == "zero"


async def test_a_sample_finds_what_it_meets_and_counts_the_facts(folded: Desk, log: Log) -> None:
    verifier = verifier_of(folded, log)
    agreed = await verifier.run("sample")
    await folded.context.pool.execute("DELETE FROM fact WHERE event_id = 'other'")
    found = await verifier.run("sample")
    runs = await folded.context.pool.fetch("SELECT kind, agrees FROM verification ORDER BY id")

    assert (agreed, found) == (True, False)
    assert [tuple(run) for run in runs] == [("sample", True), ("all", False)]
    assert (await folded.total(BACK, NIS, "2015-03"))[1] == "zero"


async def test_more_suspects_than_can_be_looked_at_cast_doubt_on_everything_until_all_agrees(
    folded: Desk, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier_module, "SUSPECTS_MAX", 2)
    verifier, pool = verifier_of(folded, log), folded.context.pool
    await pool.execute("CREATE TABLE spare AS SELECT * FROM entry")
    await pool.execute("DELETE FROM entry")
    found = await verifier.run("all")
    amid = await folded.total(BACK, NIS, "2015-03")
    await pool.execute("INSERT INTO entry SELECT * FROM spare")
    await verifier.look_again()
    meanwhile = await suspects(folded)
    await verifier.look_again()

    assert not found
    assert amid == (None, "withheld")
    assert meanwhile == {"many"}
    assert await suspects(folded) == set()
    assert (await folded.total(BACK, NIS, "2015-03"))[1] == "zero"


async def test_the_steward_reads_codes_and_nobody_else_does(folded: Desk, log: Log) -> None:
    await folded.context.pool.execute(LOST)
    await verifier_of(folded, log).run("all")
    everybody = await folded.ask("/verification")
    steward = await folded.ask("/verification", token=TOKEN)
    wrong = await folded.ask("/verification", token="nobody's")
    certificate = await folded.context.pool.fetchval("SELECT certificate FROM verification")

    assert (everybody.json()["agrees"], everybody.json()["suspects"]) == (False, 1)
    assert GORDANA not in everybody.text
    assert GORDANA not in certificate
    assert [each["code"] for each in steward.json()["differences"]] == [GORDANA]
    assert "missing: MI-13.placed on 2023-03-09" in steward.json()["differences"][0]["why"]
    assert wrong.status_code == 401


async def test_of_an_erased_person_the_steward_reads_nothing(folded: Desk, log: Log) -> None:
    await folded.context.pool.execute(LOST)
    await verifier_of(folded, log).run("all")
    await folded.context.pool.execute("INSERT INTO erased (code) VALUES ($1)", GORDANA)
    told = await folded.ask("/verification", token=TOKEN)

    assert GORDANA not in told.text
    assert "MI-13" not in told.text
    assert told.json()["differences"][0]["why"] == "erased person"


async def test_other_definitions_are_no_difference(folded: Desk, log: Log) -> None:
    verifier = verifier_of(folded, log)
    await folded.context.pool.execute(DAMAGES["an entry is deleted"].done.replace("ONE", ONE))
    await folded.context.pool.execute("UPDATE projection SET catalogue_digest = 'x'")
    with pytest.raises(Unavailable):
        await verifier.run("all")

    assert await suspects(folded) == set()


async def test_proofs_amid_the_fold_of_two_workers_raise_no_alarm(
    open_desk: OpenDesk, kafka: LocalKafka, make_topic: MakeTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All people of the logs are merged sooner or later, in different partitions."""
    for pause in ("ALL_PAUSE", "SAMPLE_PAUSE"):
        monkeypatch.setattr(verifier_module, pause, 0)
    said = [
        event | {"id": f"{seed}-{event['id']}", "factid": f"{seed}-{event.get('factid')}"}
        for seed in range(LOGS)
        for event in random_log(seed)
    ]
    log = Log(kafka.bootstrap, (await make_topic("amid"),), 3)
    desk, other = await open_desk(clock=now), await open_desk(clock=now)
    verifier, amid = verifier_of(desk, log), 0
    agreed: list[bool] = []
    log.tell(said)
    async with following(desk, log), following(other, log, "2"):
        passed = 0
        while passed < len(said):
            agreed.append(await verifier.run("all" if len(agreed) % 2 else "sample"))
            before, passed = passed, await desk.number(PASSED)
            amid += before < passed

    assert all(agreed)
    assert amid >= AMID_MIN
    assert await desk.number("SELECT count(*) FROM suspect") == 0
