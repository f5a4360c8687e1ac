"""In random logs, exactly those indicators are revised whose reference numbers differ."""

from collections import Counter

import pytest

from tests.integration.reporting.closing_users import ClosingUsers
from tests.integration.reporting.conftest import NOW
from tests.integration.reporting.harness import TOKEN
from tests.reference.fold import entries_of
from tests.reference.logs import crowded_log
from tests.reference.measures import MEASURES
from tests.reference.shapes import Entry
from tests.reference.tables import Question, table

SEEDS = range(8)
BATCH = 15
REVISED = "reporting.indicator.revised.v1"
Cell = tuple[str, str, str]


def busiest(entries: list[Entry]) -> tuple[str, str]:
    """Return the council and the past year with the most entries."""
    found = Counter(
        (entry.town, str(entry.on.year))
        for entry in entries
        if entry.town and entry.on.year < NOW.year
    )
    return found.most_common(1)[0][0]


def numbers(entries: list[Entry], place: str, period: str) -> dict[Cell, object]:
    """Return every total of a place and a period, and every number of a split that is not 0."""
    return {
        (name, split, bucket): cell.value
        for name, rule in MEASURES.items()
        for split in ("total", *rule.splits)
        for bucket, cell in table(entries, Question(name, place, period, split), NOW.date()).items()
        if split == "total" or cell.value
    }


@pytest.mark.parametrize("seed", SEEDS)
async def test_what_is_revised_is_what_differs_by_the_reference(
    closing_users: ClosingUsers, seed: int
) -> None:
    """Each once, and the displayed differences are the same."""
    events = crowded_log(seed)
    early = events[: len(events) // 2]
    await closing_users.reporting.context.pool.execute(
        "TRUNCATE fact, subject, entry, changed_cell, conflict"
    )
    place, period = busiest(entries_of(events))
    closing_council = ClosingUsers(closing_users.reporting, place)
    await closing_council.reporting.process(*early)
    await closing_council.close(period)
    for begin in range(len(early), len(events), BATCH):
        await closing_council.reporting.process(*events[begin : begin + BATCH])
        await closing_council.recheck()
    was, is_now = (numbers(entries_of(each), place, period) for each in (early, events))
    differing = {cell for cell in was | is_now if was.get(cell) != is_now.get(cell)}
    shown = (await closing_council.comparison(period, TOKEN))["values"]
    revised = [
        data["indicator"]
        for kind, data in await closing_council.published_events()
        if kind == REVISED
    ]

    assert differing == {
        (f"{row['indicator']}.{row['measure']}", row["split"], row["bucket"])
        for row in shown
        if row["reasons"]
    }
    assert len(revised) == len(set(revised))
    assert set(revised) >= {name.partition(".")[0] for name, _, _ in differing}
