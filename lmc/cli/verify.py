"""`lmc verify`: compare log, facts and entries, and report where they differ."""

import asyncio

import click

from lmc.cli.db_settings import reporting_settings
from lmc.cli.options import StackOptions, stack_options
from lmc.cli.progress_bar import OnStep, step_bars
from lmc.devstack.stack import Stack, find_stack
from runtime.process.clock import utc_now
from runtime.process.errors import DependencyMissing
from runtime.process.failures import TRANSIENT_ERRORS
from runtime.process.settings import read_declared_codes
from runtime.storage.pool import open_pool
from services.reporting.reconciliation.model import ReconciliationReport
from services.reporting.reconciliation.report import reconcile, source_log


@click.command()
@stack_options
@click.option("--json", "is_json", is_flag=True, help="Print the full report as JSON.")
def verify(chosen: StackOptions, *, is_json: bool) -> None:
    """Reconcile the tables with the log: facts = log, entries = facts.

    Reads only, while the stack runs. Ends with 1 if something differs.
    """
    stack = find_stack(chosen.data, chosen.port_offset)
    with step_bars() as on_step:
        report = asyncio.run(_reconcile(stack, on_step))
    click.echo(report.to_json() if is_json else _readable(report))
    if not report.agrees:
        click.get_current_context().exit(1)


async def _reconcile(stack: Stack, on_step: OnStep) -> ReconciliationReport:
    settings = reporting_settings(stack)
    declared = read_declared_codes(stack.catalogue)
    try:
        async with await open_pool(settings) as pool:
            return await reconcile(pool, source_log(stack.kafka), declared, utc_now, on_step)
    except TRANSIENT_ERRORS as error:
        raise DependencyMissing(
            f"the reconciliation cannot read the stack: {error}. Try again when it runs."
        ) from error


def _readable(report: ReconciliationReport) -> str:
    """Return the report for a person: what was compared, what differs, how far the log was read."""
    lines = [
        f"{check.name}: {check.compares}: {check.compared:,} compared, {check.differs:,} differ"
        for check in report.checks
    ]
    for check in report.checks:
        lines += [f"  {each.where}: {each.what}" for each in check.differences]
    if report.entries_fingerprint not in (None, report.definitions_fingerprint):
        lines.append("  the entries were computed by definitions other than this program's")
    read_to = sum(at.next_offset for at in report.positions)
    lines.append(f"log read to {read_to:,} records in {len(report.positions)} partitions")
    lines.append(f"definitions {report.definitions_fingerprint[:16]}, made at {report.made_at}")
    lines.append("agrees" if report.agrees else "DOES NOT AGREE")
    return "\n".join(lines)
