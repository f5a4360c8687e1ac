"""A rebuild mends what a proof has found, and a proof beside it raises no alarm."""

import asyncio
from functools import partial

import pytest

from runtime.trouble import Patience
from services.reporting.proof.verifier import Verifier
from tests.integration.reporting.damages import PLACED
from tests.integration.reporting.desk import Desk
from tests.integration.reporting.expecting import publish
from tests.integration.reporting.log import Log
from tests.integration.reporting.rebuilt import rebuilding, rebuilt
from tests.integration.reporting.test_reporting_verified import (
    exact,
    suspects,
    verifier_of,
)
from tests.reference.tell import PROKUPLJE

CHANGEOVERS = 3
DAMAGE = """
DELETE FROM entry WHERE measure = (SELECT id FROM measure WHERE name = 'MI-13.placed');
UPDATE fact SET data = data || '{"sector": "A"}' WHERE event_id = 'made';
DELETE FROM fact WHERE event_id = 'other';
UPDATE subject SET root = id;
"""

pytestmark = pytest.mark.timeout(600)


async def test_after_a_rebuild_what_was_in_doubt_is_shown_again(folded: Desk, log: Log) -> None:
    before, verifier = await exact(folded), verifier_of(folded, log)
    await folded.context.pool.execute(DAMAGE)
    found = await verifier.run("all")
    amid = (await exact(folded))[PLACED, PROKUPLJE, "2023-03"]
    kinds = await suspects(folded)
    await rebuilt(folded, log)
    await verifier.look_again()
    left = await suspects(folded)

    assert not found
    assert amid == (None, "withheld")
    assert kinds >= {"subject", "record"}
    assert left == set()
    assert await exact(folded) == before
    assert await verifier.run("all")


async def test_after_a_rebuild_reports_are_what_the_facts_say(folded: Desk, log: Log) -> None:
    verifier = verifier_of(folded, log)
    await folded.context.pool.execute(
        "INSERT INTO published.reported (organisation, domain, place, through)"
        " VALUES ('o-nes', 'matching', $1, '2099-01-01')",
        PROKUPLJE,
    )
    found = await verifier.run("all")
    kinds = await suspects(folded)
    await rebuilt(folded, log)
    cleared = await verifier.look_again()
    while await folded.number("SELECT count(*) FROM reported_whole"):
        await publish(folded)
    days = await folded.context.pool.fetch("SELECT DISTINCT through FROM published.reported")

    assert (found, kinds, cleared) == (False, {"reports"}, 1)
    assert {str(row["through"])[:4] for row in days} == {"2023"}
    assert await verifier.run("all")


async def test_proofs_beside_changeovers_raise_no_alarm(folded: Desk, log: Log) -> None:
    verifier, stop = verifier_of(folded, log), asyncio.Event()
    proving = asyncio.create_task(keep_proving(verifier, stop))
    for _ in range(CHANGEOVERS):
        async with rebuilding(folded, log) as rebuild:
            await rebuild.prepare(1)
            await rebuild.change_over()
    stop.set()
    agreed = await proving

    assert all(agreed)
    assert len(agreed) > CHANGEOVERS
    assert await suspects(folded) == set()


async def keep_proving(verifier: Verifier, stop: asyncio.Event) -> list[bool]:
    """Prove everything, again and again; gives what each proof said.

    A proof and a changeover may wait crosswise: the one that gives way begins anew, as the watch
    lets it.
    """
    agreed, patience = [], Patience(lambda _: None)
    while not stop.is_set():
        agreed.append(await patience.insist(partial(verifier.run, "all")))
    return agreed
