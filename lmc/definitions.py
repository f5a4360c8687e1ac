"""`lmc definitions diff`: what this program's definitions would change, before they do."""

import asyncio
import json
import os
import sys
from dataclasses import replace

import click

from lmc.bars import bars
from lmc.direct import reporting_settings
from lmc.options import Where, where_options
from lmc.rebuild import beside
from lmc.stack import Stack, find_stack
from runtime.clock import belgrade_day, utc_now
from runtime.postgres import open_pool
from services.reporting.rebuilding.differences import ChangedValue, Difference, difference
from services.reporting.rebuilding.rebuild import Rebuild
from services.reporting.tables.table import Value

SHOWN_MAX = 100


@click.group()
def definitions() -> None:
    """Definitions of the indicators: what a change of them changes."""


@definitions.command()
@where_options
@click.option("--processes", metavar="N", type=click.IntRange(1, 64), default=os.cpu_count() or 1)
@click.option("--place", metavar="P", help="Only tables of this place.")
@click.option("--period", metavar="X", help="Only tables of this period.")
@click.option("--json", "is_json", is_flag=True, help="Print everything as JSON.")
def diff(
    where: Where, *, processes: int, place: str | None, period: str | None, is_json: bool
) -> None:
    """List the tables and values that this program's definitions would change, and why.

    Builds the new tables beside the live ones, as `lmc rebuild` does, and leaves these as they are.
    """
    stack = find_stack(where.data, where.port_offset)
    with bars() as tell:
        found = asyncio.run(
            beside(stack, tell, lambda rebuild: _difference(stack, rebuild, processes))
        )
    shown = [each for each in found.values if _is_asked(each, place, period)]
    found = replace(found, values=shown)
    is_json = is_json or not sys.stdout.isatty()
    click.echo(_as_json(found) if is_json else _readable(found))


async def _difference(stack: Stack, rebuild: Rebuild, processes: int) -> Difference:
    async with await open_pool(reporting_settings(stack)) as live:
        return await difference(rebuild, live, processes, belgrade_day(utc_now()))


def _is_asked(each: ChangedValue, place: str | None, period: str | None) -> bool:
    return place in {None, each.table.place} and period in {None, str(each.table.period)}


def _as_json(found: Difference) -> str:
    told = {
        "changes": bool(found.values or found.removed or found.recounted),
        "files": list(found.files),
        "why": [
            {
                "measure": each.measure,
                "what": each.sentence,
                "splits": list(each.splits),
                "entries": each.entries,
                "persons": each.persons,
            }
            for each in found.reasons
        ],
        "counted_otherwise": [
            {"measure": each.measure, "what": each.sentence} for each in found.recounted
        ],
        "tells_ways": found.tells_ways,
        "removed_measures": list(found.removed),
        "values": [_value_as_json(each) for each in found.values],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def _value_as_json(each: ChangedValue) -> dict[str, object]:
    table = each.table
    return {
        "indicator": table.indicator.id,
        "measure": table.measure.name,
        "place": table.place,
        "period": str(table.period),
        "split": table.split,
        "bucket": each.bucket,
        "before": _number(each.before),
        "after": _number(each.after),
        "state_before": _state(each.before),
        "state_after": _state(each.after),
    }


def _number(value: Value | None) -> int | float | None:
    if value is None or value.value is None:
        return None
    return int(value.value) if value.value == int(value.value) else float(value.value)


def _state(value: Value | None) -> str | None:
    return None if value is None else value.state.value


def _readable(found: Difference) -> str:
    if not (found.values or found.removed or found.recounted or found.files):
        return "the live tables follow these definitions: nothing would change"
    lines = [f"changed: {name}" for name in found.files]
    lines += [f"no longer there: {name}" for name in found.removed]
    lines += [
        f"{each.measure}: {each.entries:,} entries of {each.persons:,} {each.sentence}"
        for each in found.reasons
    ]
    lines += [f"{each.measure}: {each.sentence}" for each in found.recounted]
    if not found.tells_ways:
        lines.append("how the live tables count is not recorded: everything is published anew")
    lines += map(_line, found.values[:SHOWN_MAX])
    if len(found.values) > SHOWN_MAX:
        lines.append(f"… and {len(found.values) - SHOWN_MAX:,} more values: --json lists all")
    if not (found.values or found.removed or found.recounted):
        lines.append("no value would change")
    lines.append("`lmc rebuild` changes over to them")
    return "\n".join(lines)


def _line(each: ChangedValue) -> str:
    table = each.table
    where = f"{table.name} {table.place} {table.period} {table.split} {each.bucket}"
    before, after = _told(each.before), _told(each.after)
    if before == after:  # the same number, but it is final now, or is no more
        before, after = f"{before} {_state(each.before)}", f"{after} {_state(each.after)}"
    return f"  {where}: {before} → {after}"


def _told(value: Value | None) -> str:
    number = _number(value)
    return "–" if number is None else str(number)
