"""`lmc duplicates`: jobs that two sources may both have reported, and the steward's decisions."""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import click
from rich.console import Console
from rich.table import Table

from lmc.cli.options import StackOptions, stack_options
from lmc.client.service_client import ServiceClient
from lmc.devstack.stack import find_stack
from runtime.process.errors import UsageError
from services.reporting.possible_duplicates.model import DifferenceReason

_JSON = "application/json"
_NAME = ("source", "factid", "subject")
_Pair = Mapping[str, Any]


@click.command()
@stack_options
@click.option("--place", metavar="P", default="RS", help="Council, district, region, RS, RS-KM.")
@click.option("--closed", is_flag=True, help="List the pairs noted as different jobs.")
@click.option("--different", metavar="PAIR", help="Note that the two are different jobs.")
@click.option(
    "--reason", type=click.Choice([each.value for each in DifferenceReason]), help="Why they are."
)
@click.option("--undo", metavar="PAIR", help="Remove the note about a pair.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON on a terminal too.")
def duplicates(
    chosen: StackOptions, *, place: str, closed: bool, is_json: bool, **decided: str | None
) -> None:
    """List jobs that two sources may both have reported, or decide about one.

    A person is counted once in any case. If it is one job, one source retracts its fact; if it is
    two, note it: lmc duplicates --different 9a4e… --reason two_employers
    """
    different, reason, undo = (decided[name] for name in ("different", "reason", "undo"))
    if (different is None) != (reason is None) or (different and undo):
        raise click.UsageError("Give --different with its --reason, or --undo.")
    stack = find_stack(chosen.data, chosen.port_offset)
    with ServiceClient(stack, "reporting", stack.steward_token_file) as reporting:
        if different:
            found = [_note(reporting, place, different, {"reason": reason})]
        elif undo:
            found = [_note(reporting, place, undo)]
        else:
            found = list(_pairs(reporting, place, "closed" if closed else "open"))
    if is_json or not sys.stdout.isatty():
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        Console(markup=False).print(_table(found))


def _pairs(
    reporting: ServiceClient, place: str, state: Literal["open", "closed"]
) -> Iterator[_Pair]:
    """Yield all pairs, page by page."""
    after = 0
    while after is not None:
        params = {"place": place, "state": state, "after": str(after)}
        answer = json.loads(reporting.get("/duplicates", params))
        yield from answer["pairs"]
        after = answer["next"]


def _note(
    reporting: ServiceClient, place: str, pair: str, note: Mapping[str, str | None] | None = None
) -> _Pair:
    """Note a decision about a pair, or remove the note if `note` is None; return the pair."""
    state: Literal["open", "closed"] = "closed" if note is None else "open"
    found = [each for each in _pairs(reporting, place, state) if each["id"].startswith(pair)]
    if len(found) != 1:
        what = "No pair" if not found else "More than one pair"
        raise UsageError(f"{what} whose id begins with {pair} is {state}. See lmc duplicates.")
    names = {each: {name: found[0][each][name] for name in _NAME} for each in ("one", "other")}
    path = "/duplicates/different" + ("/withdrawn" if note is None else "")
    body = json.dumps(names | dict(note or {})).encode()
    answer: _Pair = json.loads(reporting.post(path, body, _JSON))
    return answer


def _table(pairs: list[_Pair]) -> Table:
    table = Table(title=f"могућа двострука јављања · possible duplicates: {len(pairs)}")
    for column in ("пар · pair", "место · place", "прво · first", "друго · other", "стање · state"):
        table.add_column(column, overflow="fold")
    for pair in pairs:
        note = f"{pair['state']}\n{pair['note']['reason']}" if pair["note"] else pair["state"]
        reports = (_report(pair[each]) for each in ("one", "other"))
        table.add_row(pair["id"], pair["municipality"], *reports, note)
    return table


def _report(fact: Mapping[str, str]) -> str:
    return f"{fact['on']} {fact['source']}\n{fact['subject']} {fact['factid']}\n{fact['link']}"
