"""`lmc definitions diff`: show what this program's definitions would change in the tables."""

import asyncio
import json
import os
import sys
from dataclasses import replace

import click

from lmc.cli.db_settings import reporting_settings
from lmc.cli.options import StackOptions, stack_options
from lmc.cli.progress_bar import step_bars
from lmc.cli.rebuild import run_exclusively
from lmc.devstack.stack import Stack, find_stack
from runtime.process.clock import belgrade_day, utc_now
from runtime.storage.pool import open_pool
from services.reporting.rebuild.definition_diff import (
    ChangedValue,
    DefinitionDiff,
    diff_definitions,
)
from services.reporting.rebuild.workflow import Rebuild
from services.reporting.tables.table import Value

_SHOWN_MAX = 100


@click.group()
def definitions() -> None:
    """Show the effect of changed indicator definitions."""


@definitions.command()
@stack_options
@click.option("--processes", metavar="N", type=click.IntRange(1, 64), default=os.cpu_count() or 1)
@click.option("--place", metavar="P", help="Only tables of this place.")
@click.option("--period", metavar="X", help="Only tables of this period.")
@click.option("--json", "is_json", is_flag=True, help="Print everything as JSON.")
def diff(
    chosen: StackOptions, *, processes: int, place: str | None, period: str | None, is_json: bool
) -> None:
    """List the tables and values that this program's definitions would change, and why.

    Builds new tables as `lmc rebuild` does, and does not change the live ones.
    """
    stack = find_stack(chosen.data, chosen.port_offset)
    with step_bars() as on_step:
        found = asyncio.run(
            run_exclusively(stack, on_step, lambda rebuild: _diff(stack, rebuild, processes))
        )
    shown = [each for each in found.values if _is_selected(each, place, period)]
    found = replace(found, values=shown)
    is_json = is_json or not sys.stdout.isatty()
    click.echo(_as_json(found) if is_json else _readable(found))


async def _diff(stack: Stack, rebuild: Rebuild, processes: int) -> DefinitionDiff:
    async with await open_pool(reporting_settings(stack)) as live:
        return await diff_definitions(rebuild, live, processes, belgrade_day(utc_now()))


def _is_selected(each: ChangedValue, place: str | None, period: str | None) -> bool:
    return place in {None, each.table.place} and period in {None, str(each.table.period)}


def _as_json(found: DefinitionDiff) -> str:
    document = {
        "changes": bool(found.values or found.removed or found.spec_changes),
        "definitions": list(found.definitions),
        "reasons": [
            {
                "measure": each.measure,
                "sentence": each.sentence,
                "splits": list(each.splits),
                "entries": each.entries,
                "persons": each.persons,
            }
            for each in found.reasons
        ],
        "spec_changes": [
            {"measure": each.measure, "sentence": each.sentence} for each in found.spec_changes
        ],
        "has_live_specs": found.has_live_specs,
        "removed_measures": list(found.removed),
        "values": [_value_as_json(each) for each in found.values],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


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


def _readable(found: DefinitionDiff) -> str:
    if not (found.values or found.removed or found.spec_changes or found.definitions):
        return "the live tables were computed by these definitions: nothing would change"
    lines = list(found.definitions)
    lines += [f"removed: {name}" for name in found.removed]
    lines += [
        f"{each.measure}: {each.entries:,} entries of {each.persons:,} {each.sentence}"
        for each in found.reasons
    ]
    lines += [f"{each.measure}: {each.sentence}" for each in found.spec_changes]
    if not found.has_live_specs:
        lines.append(
            "how the live tables were computed is not recorded: everything is published again"
        )
    lines += map(_line, found.values[:_SHOWN_MAX])
    if len(found.values) > _SHOWN_MAX:
        lines.append(f"… and {len(found.values) - _SHOWN_MAX:,} more values: --json lists all")
    if not (found.values or found.removed or found.spec_changes):
        lines.append("no value would change")
    lines.append("`lmc rebuild` cuts over to them")
    return "\n".join(lines)


def _line(each: ChangedValue) -> str:
    table = each.table
    cell = f"{table.name} {table.place} {table.period} {table.split} {each.bucket}"
    before, after = _number_text(each.before), _number_text(each.after)
    if before == after:  # the same number in another state
        before, after = f"{before} {_state(each.before)}", f"{after} {_state(each.after)}"
    return f"  {cell}: {before} → {after}"


def _number_text(value: Value | None) -> str:
    number = _number(value)
    return "–" if number is None else str(number)
