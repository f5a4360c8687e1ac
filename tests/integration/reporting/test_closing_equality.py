"""Exactly those indicators are revised whose numbers differ by the reference, in random logs."""

from collections import Counter

import pytest

from tests.integration.reporting.closing import Office
from tests.integration.reporting.conftest import NOW
from tests.integration.reporting.desk import TOKEN
from tests.reference.fold import entries_of
from tests.reference.logs import crowded_log
from tests.reference.measures import MEASURES
from tests.reference.plain import Entry
from tests.reference.tables import Question, table

SEEDS = range(8)
BATCH = 15
REVISED = "reporting.indicator.revised.v1"
Cell = tuple[str, str, str]


def busiest(entries: list[Entry]) -> tuple[str, str]:
    """The council and the year in which most is counted; years that are over."""
    found = Counter(
        (entry.town, str(entry.on.year))
        for entry in entries
        if entry.town and entry.on.year < NOW.year
    )
    return found.most_common(1)[0][0]


def numbers(entries: list[Entry], place: str, period: str) -> dict[Cell, object]:
    """Every total of a place and a period, and of the splits every number that is not nothing."""
    return {
        (name, split, bucket): cell.value
        for name, rule in MEASURES.items()
        for split in ("total", *rule.splits)
        for bucket, cell in table(entries, Question(name, place, period, split), NOW.date()).items()
        if split == "total" or cell.value
    }


@pytest.mark.parametrize("seed", SEEDS)
async def test_what_is_revised_is_what_differs_by_the_reference(office: Office, seed: int) -> None:
    """Each once, and what is shown beside the frozen numbers is the same difference."""
    events = crowded_log(seed)
    early = events[: len(events) // 2]
    await office.desk.context.pool.execute("TRUNCATE fact, subject, entry, dirty, conflict")
    place, period = busiest(entries_of(events))
    clerks = Office(office.desk, place)
    await clerks.desk.fold(*early)
    await clerks.close(period)
    for begin in range(len(early), len(events), BATCH):
        await clerks.desk.fold(*events[begin : begin + BATCH])
        await clerks.look()
    was, is_now = (numbers(entries_of(told), place, period) for told in (early, events))
    differing = {cell for cell in was | is_now if was.get(cell) != is_now.get(cell)}
    shown = (await clerks.beside(period, TOKEN))["values"]
    said = [data["indicator"] for kind, data in await clerks.said() if kind == REVISED]

    assert differing == {
        (f"{row['indicator']}.{row['measure']}", row["split"], row["bucket"])
        for row in shown
        if row["reasons"]
    }
    assert len(said) == len(set(said))
    assert set(said) >= {name.partition(".")[0] for name, _, _ in differing}
