"""Marks an answer with the version of its period, and the numbers that differ from it."""

from collections.abc import Sequence

from runtime.context import Context
from schemas.territory import is_council
from services.reporting.answering.answers import ClosedAnswer, ValueAnswer, ValuesAnswer
from services.reporting.closing.answers import number
from services.reporting.closing.model import exact, is_other
from services.reporting.closing.reading import Frozen, frozen
from services.reporting.publishing.policy import is_live
from services.reporting.tables.table import TOTAL, Table, Value


async def marked(plumbing: Context, answer: ValuesAnswer, tables: Sequence[Table]) -> ValuesAnswer:
    """The answer as it is unless its council's period was ever closed."""
    if not tables or tables[0].period.first is None or not is_council(tables[0].place):
        return answer
    live = [table.name for table in tables if is_live(table)]
    found = await frozen(plumbing.pool, tables[0].place, tables[0].period, live)
    if found is None:
        return answer
    release = ClosedAnswer(
        version=found.version,
        digest=found.digest,
        closed_at=found.closed_at,
        state=found.state,
    )
    rows = tuple(_marked(found, answer.indicator, row) for row in answer.values)
    return answer.model_copy(update={"release": release, "values": rows})


def _marked(found: Frozen, indicator: str, row: ValueAnswer) -> ValueAnswer:
    was = found.totals.get(f"{indicator}.{row.measure}")
    now = Value(row.bucket, row.value, row.state)
    if was is None or row.bucket != TOTAL or not is_other(was, now):
        return row
    return row.model_copy(update={"frozen": number(exact(was.value))})
