"""`lmc demo`: start a stack on an empty directory and play two stories into it."""

import shutil
from pathlib import Path

import click
from rich.console import Console

from lmc.cli.options import StackOptions, stack_options
from lmc.cli.up import notify, ready_line
from lmc.demo import playback
from lmc.demo.figure_tables import figure_tables, summary, wrong_figures
from lmc.demo.figures import UNTIL
from lmc.demo.m4sd_story import PROKUPLJE
from lmc.devstack.data_dir import (
    DataDir,
    data_dir_from_option,
    default_data_dir,
    is_locked,
    require_format_version,
)
from lmc.devstack.lifecycle import StackPlan, running_stack, supervise_forever
from lmc.devstack.ports import Ports
from lmc.devstack.stack import Stack
from lmc.devstack.supervisor import Supervisor
from runtime.process.errors import DependencyMissing


@click.command()
@stack_options
@click.option("--exit", "is_brief", is_flag=True, help="Exit after the check: 0 if all is right.")
def demo(chosen: StackOptions, *, is_brief: bool) -> None:
    """Start a stack on its own empty directory and play two stories through its HTTP endpoints.

    Shows the tables fill, ends with the stories' figures, and keeps running until Ctrl-C.
    """
    plan = StackPlan(_emptied(chosen.data), Ports(chosen.port_offset or 0))
    try:
        with running_stack(plan, notify) as (stack, supervisor):
            click.echo(ready_line(stack))
            is_right = _play(stack, supervisor)
            click.echo(f"board: {stack.url('reporting')}/board/{PROKUPLJE}?period={UNTIL}")
            if not is_brief:
                notify("the stack keeps running until Ctrl-C")
                supervise_forever(stack, supervisor)
    except KeyboardInterrupt:
        notify("stopped")
        return
    click.get_current_context().exit(0 if is_right else 1)


def _emptied(data: str | None) -> DataDir:
    """Return the demo's directory without the data of an earlier demo.

    Only a data directory of this format version is emptied, never a directory with other files.
    """
    own = DataDir(Path(f"{default_data_dir()}-demo"))
    data_dir = own if data is None else data_dir_from_option(data)
    if is_locked(data_dir):
        raise DependencyMissing(
            f"a stack runs on {data_dir.root}. Stop it, or choose another directory with --data."
        )
    if data_dir.root.exists():
        require_format_version(data_dir)
        shutil.rmtree(data_dir.root)
    return data_dir


def _play(stack: Stack, supervisor: Supervisor) -> bool:
    """Play both stories and print the figures; return whether every figure is right."""
    console = Console()
    values = playback.play(stack, supervisor, console)
    console.print(figure_tables(values, "the end"))
    wrong = wrong_figures(values)
    for sentence in wrong:
        notify(sentence)
    click.echo(summary(values, len(wrong)))
    return not wrong
