"""`lmc up`: run Kafka, PostgreSQL and the five services until an interrupt."""

from pathlib import Path

import click

from lmc.cli.options import StackOptions, stack_options
from lmc.devstack.data_dir import data_dir_from_option
from lmc.devstack.lifecycle import StackPlan, running_stack, supervise_forever
from lmc.devstack.ports import Ports
from lmc.devstack.stack import Stack
from runtime.process.settings import read_declared_codes
from services.reporting.completeness.loading import read_reporters


@click.command()
@stack_options
@click.option(
    "--catalogue",
    metavar="FILE",
    help="Programmes, series and organisations to add to the shipped ones (CSV).",
)
@click.option(
    "--reporters",
    metavar="FILE",
    help="Who should report (CSV: organisation,domain,municipality,from), added to the shipped.",
)
def up(chosen: StackOptions, catalogue: str | None, reporters: str | None) -> None:
    """Start Kafka, PostgreSQL and the five services; Ctrl-C stops them.

    The data stay in DIR (as root /var/tmp/lmc-<uid>, else ~/.local/share/lmc), and the next start
    continues with them. Every port listens on 127.0.0.1 only; the keys are in DIR/secrets.
    """
    data_dir, ports = data_dir_from_option(chosen.data), Ports(chosen.port_offset or 0)
    plan = StackPlan(data_dir, ports, *_checked(catalogue, reporters))
    try:
        with running_stack(plan, notify) as (stack, supervisor):
            click.echo(ready_line(stack))
            supervise_forever(stack, supervisor)
    except KeyboardInterrupt:
        notify("stopped")


def notify(sentence: str) -> None:
    """Print a line for the person at the terminal."""
    click.echo(f"lmc: {sentence}", err=True)


def ready_line(stack: Stack) -> str:
    """Return one line with every address."""
    addresses = " ".join(f"{name} {address}" for name, address in stack.addresses().items())
    return f"ready: {addresses} data {stack.data_dir.root}"


def _checked(catalogue: str | None, reporters: str | None) -> tuple[Path | None, Path | None]:
    """Return both lists' absolute paths; raise UsageError before anything is started."""
    declared = read_declared_codes(_absolute(catalogue))
    read_reporters(_absolute(reporters), declared)
    return _absolute(catalogue), _absolute(reporters)


def _absolute(file: str | None) -> Path | None:
    return None if file is None else Path(file).expanduser().absolute()
