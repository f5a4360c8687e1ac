"""A change of the definitions: all entries are computed anew, and an older program stands back."""

import pytest

from runtime.errors import Missing
from runtime.trouble import Patience
from services.reporting.folding.names import Names
from services.reporting.folding.projection import claim, refold
from services.reporting.folding.worker import Definitions, Worker
from services.reporting.indicators import catalogue
from tests.integration.reporting.desk import Desk, counted_by_reference
from tests.reference.logs import random_log
from tests.reference.tell import BOBAN, say

NEWER = b"newer"


async def change_definitions(desk: Desk, left_out: str) -> Worker:
    """A newer program that has one indicator less takes over."""
    fewer = [each for each in catalogue(desk.context.declared) if each.id != left_out]
    names = Names(desk.context.pool)
    await names.learn_catalogue(fewer)
    worker = Worker(Definitions(fewer, NEWER), names, None)
    await claim(desk.context.pool, NEWER)
    await refold(desk.context.pool, worker, Patience(lambda _: None))
    return worker


async def test_after_a_change_entries_are_those_of_the_new_definitions(desk: Desk) -> None:
    events = [*random_log(3), say("matching.placement.made", "2023-03-02", BOBAN, id="one-more")]
    await desk.fold(*events)
    before = await desk.entries()
    await change_definitions(desk, left_out="MI-13")
    after = await desk.entries()

    assert before == counted_by_reference(events)
    assert after == {
        entry: times for entry, times in before.items() if not entry[1].startswith("MI-13.")
    }
    assert await desk.number("SELECT count(*) FROM refold") == 0


async def test_what_comes_after_a_change_is_folded_by_the_new_program_only(desk: Desk) -> None:
    newer = await change_definitions(desk, left_out="MI-13")
    with pytest.raises(Missing, match="other definitions"):
        await desk.fold(say("matching.placement.made", "2023-03-02"))
    desk.worker = newer
    await desk.fold(say("matching.placement.made", "2023-03-02"))

    assert not [entry for entry in await desk.entries() if entry[1].startswith("MI-13.")]


async def test_an_older_program_does_not_take_back_what_a_newer_one_has_taken(desk: Desk) -> None:
    older: bytes = await desk.context.pool.fetchval("SELECT catalogue_digest FROM projection")
    await change_definitions(desk, left_out="MI-13")

    with pytest.raises(Missing, match="newer definitions"):
        await claim(desk.context.pool, older)


async def test_a_program_that_starts_again_changes_nothing(desk: Desk) -> None:
    same: bytes = await desk.context.pool.fetchval("SELECT catalogue_digest FROM projection")
    await desk.fold(say("matching.placement.made", "2023-03-02"))
    await claim(desk.context.pool, same)

    assert await desk.number("SELECT count(*) FROM refold") == 0
