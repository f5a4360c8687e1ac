"""`lmc rebuild`: the whole log folded anew beside the live tables, compared, and changed over."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from lmc.bars import Tell, bars
from lmc.direct import reporting_settings
from lmc.options import Where, where_options
from lmc.stack import Stack, find_stack
from runtime.clock import utc_now
from runtime.errors import Exit, Missing
from runtime.postgres import open_pool
from runtime.settings import read_declarations
from runtime.trouble import WORLD
from services.reporting.proof.prove import TOPICS, domain_log, prove_projection
from services.reporting.rebuilding.changeover import Differing
from services.reporting.rebuilding.names import BUILDING
from services.reporting.rebuilding.rebuild import Rebuild, Rebuilt, alone

SHOWN_MAX = 20

T = TypeVar("T")
Work = Callable[[Rebuild], Awaitable[T]]


@click.command()
@where_options
@click.option(
    "--processes",
    metavar="N",
    type=click.IntRange(1, 64),
    default=os.cpu_count() or 1,
    show_default="one per processor",
    help="Processes that fold side by side.",
)
@click.option("--prepare", is_flag=True, help="Build and compare only; the live tables stay.")
@click.option("--back", is_flag=True, help="Go back to the tables before the last rebuild.")
def rebuild(where: Where, *, processes: int, prepare: bool, back: bool) -> None:
    """Fold the whole log anew into tables beside the live ones, then make those the live ones.

    Killed at any time, the next call goes on where it was. New tables that do not equal the live
    ones are proved by facts and log before they become live: then what differs is told, and readers
    get the new numbers; ends with 1 if the proof fails. What was live is kept for `--back`.
    """
    if prepare and back:
        raise click.UsageError("--prepare and --back exclude each other.")
    stack = find_stack(where.data, where.port_offset)

    async def work(each: Rebuild) -> Rebuilt:
        found = await (each.take_back() if back else each.prepare(processes))
        if not prepare:
            await _require_proof(each, found, stack, tell)
            await each.change_over(is_back=back)
        return found

    with bars() as tell:
        found = asyncio.run(beside(stack, tell, work))
    click.echo(_readable(found, _ending(prepare=prepare, back=back)))


async def beside(stack: Stack, tell: Tell, work: Work[T]) -> T:
    """Do work on a rebuild of a running stack, as the only one who does."""
    settings = reporting_settings(stack)
    try:
        async with await open_pool(settings, BUILDING) as pool, alone(pool):
            return await work(Rebuild(settings, TOPICS, pool, tell))
    except WORLD as error:
        raise Missing(
            f"the rebuild cannot reach the stack: {error}. Try again when it runs; it goes on"
            " where it was."
        ) from error


class Disproved(Exit):
    """The new tables are not what the log says; they must not become live."""

    code = 1


async def _require_proof(rebuild: Rebuild, found: Rebuilt, stack: Stack, tell: Tell) -> None:
    """Prove new tables that differ from the live ones, by the sessions that see them."""
    if found.is_equal:
        return
    declared = read_declarations(stack.catalogue)
    log = domain_log(stack.kafka)
    certificate = await prove_projection(rebuild.pool, log, declared, utc_now, tell)
    if not certificate.agrees:
        differences = (each for leg in certificate.legs for each in leg.differences)
        first = next((f": {each.where}: {each.what}" for each in differences), "")
        raise Disproved(
            f"the new tables are not what the log says{first}. The live tables stay as they are;"
            " look at them with `lmc verify`, and tell who maintains the program."
        )


def _ending(*, prepare: bool, back: bool) -> str:
    if prepare:
        return "the live tables are as they were; `lmc rebuild` changes over"
    return "the tables before are live again" if back else "the new tables are live"


def _readable(found: Rebuilt, ending: str) -> str:
    facts, _ = found.facts_after
    lines = [f"{facts:,} facts in the new tables"]
    if found.facts_before != found.facts_after:
        lines.append(f"the live tables had {found.facts_before[0]:,} facts, or others")
    lines += map(_difference, found.differing[:SHOWN_MAX])
    if len(found.differing) > SHOWN_MAX:
        lines.append(f"  … and {len(found.differing) - SHOWN_MAX:,} more measures and places")
    if found.has_other_definitions:
        lines.append("the live tables followed other definitions")
    else:
        compared = "equal to" if found.is_equal else "DIFFERENT FROM"
        lines.append(f"the new tables are {compared} the live ones")
    lines.append(ending)
    return "\n".join(lines)


def _difference(each: Differing) -> str:
    where = f"{each.measure} in {each.municipality or 'the country'}"
    counted = f"{each.entries_before:,} entries were live, {each.entries_after:,} are new"
    return f"  {where}, from {each.from_month:%Y-%m} on: {counted}"
