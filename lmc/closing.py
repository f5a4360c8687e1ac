"""`lmc close`, `lmc reopen`, `lmc releases`: freeze a council's period, and see what is frozen."""

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Final, TypeVar
from urllib.parse import quote

import click
import pydantic

from lmc.client import Client
from lmc.options import Where, where_options
from lmc.ports import HOST
from lmc.provision import DATABASE, password_file
from lmc.stack import Stack, find_stack
from runtime.errors import Missing
from runtime.postgres import open_pool
from runtime.trouble import WORLD
from services.reporting.closing.answers import (
    ComparedAnswer,
    FrozenAnswer,
    PreparedAnswer,
    ReleaseAnswer,
    ReleasesAnswer,
)
from services.reporting.closing.check import Checked, check, closings, witnessed
from services.reporting.closing.model import Reopening
from services.reporting.settings import Settings

JSON: Final = "application/json"
SHORT: Final = 16
"""So much of a digest a person is shown; in JSON it is whole."""

MOMENT: Final = "%Y-%m-%d %H:%M:%S UTC"

A = TypeVar("A", bound=pydantic.BaseModel)

by_option = click.option("--by", required=True, metavar="NAME", help="Who does it: steward-1.")


@click.command()
@where_options
@click.option("--place", metavar="P", help="The council to close a period of.")
@click.option("--period", metavar="X", help="2023-06, 2023-Q2 or 2023, when it is over.")
@click.option("--approve", metavar="ID", help="Approve what another person has prepared.")
@click.option("--reject", metavar="ID", help="Put aside what was prepared.")
@by_option
def close(
    where: Where, by: str, place: str | None, period: str | None, **decided: str | None
) -> None:
    """Freeze a council's period: one person prepares it, another approves.

    Example: lmc close --place 70998 --period 2023-Q2 --by steward-1
    """
    steps = [(step, release) for step, release in decided.items() if release is not None]
    whole, part = place is not None and period is not None, place is not None or period is not None
    if len(steps) + part != 1 or part != whole:
        raise click.UsageError("Give --place and --period, or one of --approve and --reject.")
    stack = find_stack(where.data, where.port_offset)
    if whole:
        told = {"place": place, "period": period, "by": by}
        _show(_post(stack, "/releases", told), PreparedAnswer, _prepared)
        return
    ((step, release),) = steps
    body = _post(stack, f"/releases/{quote(release, safe='')}/{step}", {"by": by})
    _show(body, ReleaseAnswer, _line)


@click.command()
@where_options
@click.option("--place", metavar="P", required=True, help="The council.")
@click.option("--period", metavar="X", required=True, help="The closed period.")
@click.option(
    "--reason",
    required=True,
    type=click.Choice([reason.value for reason in Reopening]),
    help="Why it is opened again.",
)
@by_option
def reopen(where: Where, place: str, period: str, reason: str, by: str) -> None:
    """Open a closed period again; its frozen version stays as it is."""
    stack = find_stack(where.data, where.port_offset)
    path = f"/releases/{quote(place, safe='')}/{quote(period, safe='')}/reopen"
    _show(_post(stack, path, {"by": by, "reason": reason}), ReleaseAnswer, _line)


@click.command()
@where_options
@click.option("--place", metavar="P", help="Only of this council.")
@click.option("--period", metavar="X", help="Only of this period.")
@click.option(
    "--check",
    "is_check",
    is_flag=True,
    help="Compute all digests anew and compare them with the log; 1 if one differs.",
)
@click.option("--show", metavar="ID", help="One release, its numbers beside those of now.")
def releases(
    where: Where, place: str | None, period: str | None, show: str | None, *, is_check: bool
) -> None:
    """List the releases with their versions, states and digests."""
    if show is not None and (place or period or is_check):
        raise click.UsageError("--show takes the id of a release and nothing more.")
    stack = find_stack(where.data, where.port_offset)
    if show is not None:
        with Client(stack, "reporting", stack.approver_token_file) as reporting:
            body = reporting.get(f"/releases/{quote(show, safe='')}")
        _show(body, ComparedAnswer, _beside)
        return
    asked = {name: given for name, given in (("place", place), ("period", period)) if given}
    with Client(stack, "reporting", stack.steward_token_file) as reporting:
        body = reporting.get("/releases", asked)
    if not is_check:
        _show(body, ReleasesAnswer, _listed)
        return
    checked = asyncio.run(_checked(stack, place, period))
    click.echo(_verdict(checked))
    if not all(each.agrees for each in checked):
        click.get_current_context().exit(1)


def _post(stack: Stack, path: str, told: Mapping[str, str | None]) -> bytes:
    """What reporting answers: preparing needs the steward's key, all else the approver's."""
    key = stack.steward_token_file if path == "/releases" else stack.approver_token_file
    with Client(stack, "reporting", key) as reporting:
        return reporting.post(path, json.dumps(told).encode(), JSON)


async def _checked(stack: Stack, place: str | None, period: str | None) -> list[Checked]:
    settings = Settings(
        postgres_host=HOST,
        postgres_port=stack.ports.postgres,
        postgres_database=DATABASE,
        postgres_password_file=password_file(stack.folder.secrets, "reporting"),
    )
    try:
        async with await open_pool(settings) as pool:
            checked = await check(pool, place, period)
        return witnessed(checked, await closings(stack.kafka, place, period))
    except WORLD as error:
        raise Missing(f"the releases cannot be read: {error}. Try again when it runs.") from error


def _show(body: bytes, kind: type[A], readable: Callable[[A], str]) -> None:
    """JSON for a program, lines for a person."""
    is_person = sys.stdout.isatty()
    click.echo(readable(kind.model_validate_json(body)) if is_person else body.decode())


def _prepared(told: PreparedAnswer) -> str:
    """What was read, and what to do next."""
    summary = told.summary
    states = ", ".join(f"{number} {state}" for state, number in summary.states.items())
    lines = [
        f"prepared: {told.place} {told.period} as version {told.version}, release {told.id}",
        f"  {summary.tables} tables, {summary.values} numbers: {states}",
        f"  facts folded up to {summary.folded_to:{MOMENT}}, digest {told.digest[:SHORT]}",
    ]
    if summary.pending:
        lines.append(f"  may still grow: {', '.join(summary.pending)}")
    lines.append(f"next, by another person: lmc releases --show {told.id}")
    lines.append(f"and if the numbers are right: lmc close --approve {told.id} --by NAME")
    return "\n".join(lines)


def _line(told: ReleaseAnswer) -> str:
    """A release with its last step."""
    step = told.steps[-1]
    why = f" ({step.reason})" if step.reason else ""
    return (
        f"{told.place} {told.period} version {told.version}: {told.state}{why}"
        f" by {step.by} at {step.at:{MOMENT}}, digest {told.digest[:SHORT]}, release {told.id}"
    )


def _listed(told: ReleasesAnswer) -> str:
    return "\n".join(map(_line, told.releases)) or "nothing is closed yet"


def _beside(told: ComparedAnswer) -> str:
    """The totals of a release, and beside those that differ the number of now and why."""
    totals = [row for row in told.values if row.split == row.bucket == "total"]
    return "\n".join([_line(told.release), *map(_total, totals)])


def _total(row: FrozenAnswer) -> str:
    was = row.frozen_state if row.frozen is None else row.frozen
    told = f"  {row.indicator} {row.measure}: {was}"
    return f"{told}, now {row.value} ({', '.join(row.reasons)})" if row.reasons else told


def _verdict(checked: list[Checked]) -> str:
    """The comparison as JSON for a program, as lines for a person."""
    if not sys.stdout.isatty():
        told = [asdict(each) | {"agrees": each.agrees, "is_lost": each.is_lost} for each in checked]
        return json.dumps({"releases": told})
    return "\n".join(map(_checked_line, checked)) or "nothing is closed yet"


def _checked_line(each: Checked) -> str:
    """One release and the digests of it."""
    which = f"{each.place} {each.period} version {each.version}"
    said = ", ".join(digest[:SHORT] for digest in each.said or ()) or "none"
    if each.is_lost:
        return (
            f"{which}: LOST, on the log {said}; the database is from a backup older than it."
            " Closed anew, the period gets the version after the last one on the log"
        )
    return (
        f"{which} ({each.state}):"
        f" {'agrees' if each.agrees else 'DOES NOT AGREE'}, digest {each.digest[:SHORT]},"
        f" of its rows {each.computed[:SHORT]}, on the log {said}"
    )
