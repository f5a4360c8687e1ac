"""`lmc rebuild`: fold the log into new tables, compare them with the live ones, and cut over."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from lmc.cli.db_settings import reporting_settings
from lmc.cli.options import StackOptions, stack_options
from lmc.cli.progress_bar import OnStep, step_bars
from lmc.devstack.stack import Stack, find_stack
from runtime.process.clock import utc_now
from runtime.process.errors import DependencyMissing, ProcessExit
from runtime.process.failures import TRANSIENT_ERRORS
from runtime.process.settings import read_declared_codes
from runtime.storage.pool import open_pool
from services.reporting.rebuild.cutover import DifferingCells
from services.reporting.rebuild.schema_names import STAGING_SESSION
from services.reporting.rebuild.workflow import ComparedProjections, Rebuild, exclusive_rebuild
from services.reporting.reconciliation.report import TOPICS, reconcile_projection, source_log

_SHOWN_MAX = 20

T = TypeVar("T")
Work = Callable[[Rebuild], Awaitable[T]]


@click.command()
@stack_options
@click.option(
    "--processes",
    metavar="N",
    type=click.IntRange(1, 64),
    default=os.cpu_count() or 1,
    show_default="one per processor",
    help="Processes that fold in parallel.",
)
@click.option("--prepare", is_flag=True, help="Build and compare only; the live tables stay.")
@click.option("--back", is_flag=True, help="Go back to the tables before the last rebuild.")
def rebuild(chosen: StackOptions, *, processes: int, prepare: bool, back: bool) -> None:
    """Fold the log from the start into new tables, then cut over to them.

    After a kill the next call continues. New tables that differ from the live ones are reconciled
    with facts and log before they become live, and the differences are printed; ends with 1 if the
    reconciliation fails. The tables that were live are kept for `--back`.
    """
    if prepare and back:
        raise click.UsageError("--prepare and --back exclude each other.")
    stack = find_stack(chosen.data, chosen.port_offset)

    async def work(each: Rebuild) -> ComparedProjections:
        found = await (each.roll_back() if back else each.prepare(processes))
        if not prepare:
            await _require_reconciled(each, found, stack, on_step)
            await each.cut_over(is_rollback=back)
        return found

    with step_bars() as on_step:
        found = asyncio.run(run_exclusively(stack, on_step, work))
    click.echo(_readable(found, _ending(prepare=prepare, back=back)))


async def run_exclusively(stack: Stack, on_step: OnStep, work: Work[T]) -> T:
    """Run work on a rebuild of a running stack; no other rebuild runs at the same time."""
    settings = reporting_settings(stack)
    try:
        async with await open_pool(settings, STAGING_SESSION) as pool, exclusive_rebuild(pool):
            return await work(Rebuild(settings, TOPICS, pool, on_step))
    except TRANSIENT_ERRORS as error:
        raise DependencyMissing(
            f"the rebuild cannot reach the stack: {error}. Try again when it runs; the rebuild"
            " continues."
        ) from error


class _RebuildNotReconciled(ProcessExit):
    """The new tables differ from the log; they must not become live."""

    code = 1


async def _require_reconciled(
    rebuild: Rebuild, found: ComparedProjections, stack: Stack, on_step: OnStep
) -> None:
    """Reconcile new tables that differ from the live ones with facts and log."""
    if found.is_equal:
        return
    declared = read_declared_codes(stack.catalogue)
    log = source_log(stack.kafka)
    report = await reconcile_projection(rebuild.pool, log, declared, utc_now, on_step)
    if not report.agrees:
        differences = (each for check in report.checks for each in check.differences)
        first = next((f": {each.where}: {each.what}" for each in differences), "")
        raise _RebuildNotReconciled(
            f"the new tables differ from the log{first}. The live tables stay as they are;"
            " check them with `lmc verify`, and report this to the maintainer of the program."
        )


def _ending(*, prepare: bool, back: bool) -> str:
    if prepare:
        return "the live tables are as they were; `lmc rebuild` cuts over"
    return "the previous tables are live again" if back else "the new tables are live"


def _readable(found: ComparedProjections, ending: str) -> str:
    facts, _ = found.facts_after
    lines = [f"{facts:,} facts in the new tables"]
    if found.facts_before != found.facts_after:
        lines.append(f"the live tables had {found.facts_before[0]:,} facts, or different ones")
    lines += map(_difference, found.differing[:_SHOWN_MAX])
    if len(found.differing) > _SHOWN_MAX:
        lines.append(f"  … and {len(found.differing) - _SHOWN_MAX:,} more measures and places")
    if found.has_other_definitions:
        lines.append("the live tables were computed by other definitions")
    else:
        compared = "equal to" if found.is_equal else "DIFFERENT FROM"
        lines.append(f"the new tables are {compared} the live ones")
    lines.append(ending)
    return "\n".join(lines)


def _difference(each: DifferingCells) -> str:
    cells = f"{each.measure} in {each.municipality or 'the country'}"
    entries = f"{each.entries_before:,} entries were live, {each.entries_after:,} are new"
    return f"  {cells}, from {each.from_month:%Y-%m} on: {entries}"
