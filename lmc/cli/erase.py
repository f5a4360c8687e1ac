"""`lmc erase`: erase everything that is stored about a person, irreversibly."""

import json
from typing import get_args
from urllib.parse import quote

import click

from lmc.cli.options import StackOptions, stack_options
from lmc.client.service_client import ServiceClient
from lmc.devstack.stack import find_stack
from services.registration.model import ErasureReason

_JSON = "application/json"


@click.command()
@stack_options
@click.argument("code", metavar="CODE")
@click.option(
    "--reason",
    type=click.Choice(get_args(ErasureReason)),
    required=True,
    help="The ground on which the person may demand it.",
)
@click.option("--on", metavar="DAY", help="The day of the decision, 2023-06-30; default today.")
@click.option(
    "--unknown",
    is_flag=True,
    help="Erase a code of which registration has no fact, but others have.",
)
def erase(chosen: StackOptions, code: str, reason: str, on: str | None, *, unknown: bool) -> None:
    """Erase the person CODE: no endpoint shows a fact of this code again. It cannot be undone.

    Prints the recorded event as JSON. No number changes: the facts are still counted, under a code
    that nobody can resolve any more.
    """
    form = {"reason": reason, "is_unknown": unknown} | ({} if on is None else {"on": on})
    stack = find_stack(chosen.data, chosen.port_offset)
    with ServiceClient(stack, "registration", stack.operator_key_file) as registration:
        erasure = registration.post(
            f"/persons/{quote(code, safe='')}/erasure", json.dumps(form).encode(), _JSON
        )
    click.echo(erasure.decode())
