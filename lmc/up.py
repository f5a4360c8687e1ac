"""`lmc up`: real Kafka, real PostgreSQL, the five services, until told to stop."""

from pathlib import Path

import click

from lmc.folder import given_folder
from lmc.options import Where, where_options
from lmc.ports import Ports
from lmc.run import Plan, keep_running, running
from lmc.stack import Stack
from runtime.settings import read_declarations
from services.reporting.expecting.reading import read_reporters


@click.command()
@where_options
@click.option(
    "--catalogue",
    metavar="FILE",
    help="Programmes, series and organisations of this installation (CSV), beside the shipped.",
)
@click.option(
    "--reporters",
    metavar="FILE",
    help="Who should report (CSV: organisation,domain,municipality,from), beside the shipped list.",
)
def up(where: Where, catalogue: str | None, reporters: str | None) -> None:
    """Start Kafka, PostgreSQL and the five services; Ctrl-C stops them.

    The data stay in DIR (as root /var/tmp/lmc-<uid>, else ~/.local/share/lmc), and the next start
    goes on with them. Every door is open on 127.0.0.1 only; keys are in DIR/secrets.
    """
    folder, ports = given_folder(where.data), Ports(where.port_offset or 0)
    plan = Plan(folder, ports, *_checked(catalogue, reporters))
    try:
        with running(plan, say) as (stack, supervisor):
            click.echo(ready_line(stack))
            keep_running(stack, supervisor)
    except KeyboardInterrupt:
        say("stopped")


def say(sentence: str) -> None:
    """Tell the person at the terminal how it goes."""
    click.echo(f"lmc: {sentence}", err=True)


def ready_line(stack: Stack) -> str:
    """One line with every address."""
    addresses = " ".join(f"{name} {address}" for name, address in stack.addresses().items())
    return f"ready: {addresses} data {stack.folder.root}"


def _checked(catalogue: str | None, reporters: str | None) -> tuple[Path | None, Path | None]:
    """Both lists' absolute paths; raises UsageError before anything is started."""
    declared = read_declarations(_absolute(catalogue))
    read_reporters(_absolute(reporters), declared)
    return _absolute(catalogue), _absolute(reporters)


def _absolute(file: str | None) -> Path | None:
    return None if file is None else Path(file).expanduser().absolute()
