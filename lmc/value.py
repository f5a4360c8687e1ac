"""`lmc value`: one indicator's numbers for a place and a period."""

import json
import sys
from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote

import click
from rich.console import Console
from rich.progress import Progress

from lmc.client import Client, Done
from lmc.options import Where, where_options
from lmc.stack import find_stack

Layer = Literal["exact", "published"]


@click.command()
@where_options
@click.argument("indicator", metavar="ID")
@click.option("--place", metavar="P", required=True, help="Council, district, region, RS, RS-KM.")
@click.option("--period", metavar="X", required=True, help="2023-06, 2023-Q2, 2023, to-2023-06.")
@click.option("--split", metavar="S", help="By what the number is split; total if not given.")
@click.option("--measure", metavar="M", help="One measure of the indicator; all if not given.")
@click.option(
    "--layer",
    type=click.Choice(["published", "exact"]),
    default="published",
    show_default=True,
    help="What everybody may see, or what only the steward may.",
)
@click.option(
    "--known-at",
    metavar="T",
    help="As it was known at an instant, 2023-06-30T22:00:00Z; with --layer exact.",
)
def value(where: Where, indicator: str, layer: Layer, **question: str | None) -> None:
    """Print the values of indicator ID as a JSON object.

    Example: lmc value MI-13 --place 70998 --period 2023-Q2 --split sex
    """
    stack = find_stack(where.data, where.port_offset)
    params = {name: given for name, given in question.items() if given is not None}
    key = stack.steward_token_file if layer == "exact" else None
    path, params = f"/indicators/{quote(indicator, safe='')}/values", params | {"layer": layer}
    with Client(stack, "reporting", key) as reporting:
        body = (
            _folded(reporting, path, params)
            if "known_at" in params
            else reporting.get(path, params)
        )
    click.echo(_readable(body) if sys.stdout.isatty() else body.decode())


def _folded(reporting: Client, path: str, params: Mapping[str, str]) -> bytes:
    """What must be folded anew first; on a terminal with a bar that shows how far it is."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("folding what was known", total=None)

        def show(told: Done) -> None:
            bar.update(task, completed=told.done, total=told.total or None)

        return reporting.watch(path, params, show)


def _readable(body: bytes) -> str:
    return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
