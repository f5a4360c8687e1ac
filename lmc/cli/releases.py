"""`lmc releases`: list the frozen versions of periods, show one, or check their digests."""

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Final, TypeVar
from urllib.parse import quote

import click
import pydantic

from lmc.cli.db_settings import reporting_settings
from lmc.cli.options import StackOptions, stack_options
from lmc.client.service_client import ServiceClient
from lmc.devstack.stack import Stack, find_stack
from runtime.process.errors import DependencyMissing
from runtime.process.failures import TRANSIENT_ERRORS
from runtime.storage.pool import open_pool
from services.reporting.releases.responses import (
    ReleaseComparisonResponse,
    ReleasesResponse,
    ReleaseVersionResponse,
    ValueComparisonResponse,
)
from services.reporting.releases.verify_digests import (
    DigestCheck,
    check_digests,
    compare_with_log,
    read_published_digests,
)

DIGEST_CHARS: Final = 16
"""The characters of a digest that a person is shown; JSON has all of them."""
INSTANT: Final = "%Y-%m-%d %H:%M:%S UTC"

A = TypeVar("A", bound=pydantic.BaseModel)


@click.command()
@stack_options
@click.option("--place", metavar="P", help="Only of this council.")
@click.option("--period", metavar="X", help="Only of this period.")
@click.option(
    "--check",
    "is_check",
    is_flag=True,
    help="Recompute all digests and compare them with the log; 1 if one differs.",
)
@click.option("--show", metavar="ID", help="One release: its numbers and the current ones.")
def releases(
    chosen: StackOptions, place: str | None, period: str | None, show: str | None, *, is_check: bool
) -> None:
    """List the releases with their versions, states and digests."""
    if show is not None and (place or period or is_check):
        raise click.UsageError("--show takes the id of a release and no other option.")
    stack = find_stack(chosen.data, chosen.port_offset)
    if show is not None:
        with ServiceClient(stack, "reporting", stack.approver_token_file) as reporting:
            body = reporting.get(f"/releases/{quote(show, safe='')}")
        print_answer(body, ReleaseComparisonResponse, _compared)
        return
    given = {"place": place, "period": period}
    params = {name: value for name, value in given.items() if value}
    with ServiceClient(stack, "reporting", stack.steward_token_file) as reporting:
        body = reporting.get("/releases", params)
    if not is_check:
        print_answer(body, ReleasesResponse, _listed)
        return
    checked = asyncio.run(_check_digests(stack, place, period))
    click.echo(_check_text(checked))
    if not all(each.agrees for each in checked):
        click.get_current_context().exit(1)


async def _check_digests(stack: Stack, place: str | None, period: str | None) -> list[DigestCheck]:
    try:
        async with await open_pool(reporting_settings(stack)) as pool:
            checked = await check_digests(pool, place, period)
        return compare_with_log(checked, await read_published_digests(stack.kafka, place, period))
    except TRANSIENT_ERRORS as error:
        raise DependencyMissing(
            f"the releases cannot be read: {error}. Try again when it runs."
        ) from error


def print_answer(body: bytes, kind: type[A], readable: Callable[[A], str]) -> None:
    """Print JSON for a program, and lines on a terminal."""
    is_person = sys.stdout.isatty()
    click.echo(readable(kind.model_validate_json(body)) if is_person else body.decode())


def release_line(release: ReleaseVersionResponse) -> str:
    """Return a release with its last step in one line."""
    step = release.steps[-1]
    reason = f" ({step.reason})" if step.reason else ""
    return (
        f"{release.place} {release.period} version {release.version}: {release.state}{reason}"
        f" by {step.by} at {step.at:{INSTANT}}, digest {release.digest[:DIGEST_CHARS]},"
        f" release {release.id}"
    )


def _listed(answer: ReleasesResponse) -> str:
    return "\n".join(map(release_line, answer.releases)) or "nothing is closed yet"


def _compared(answer: ReleaseComparisonResponse) -> str:
    """Return the totals of a release; where one differs, the current number and the reasons."""
    totals = [row for row in answer.values if row.split == row.bucket == "total"]
    return "\n".join([release_line(answer.release), *map(_total, totals)])


def _total(row: ValueComparisonResponse) -> str:
    frozen = row.frozen_state if row.frozen is None else row.frozen
    line = f"  {row.indicator} {row.measure}: {frozen}"
    return f"{line}, now {row.value} ({', '.join(row.reasons)})" if row.reasons else line


def _check_text(checked: list[DigestCheck]) -> str:
    """Return the check as JSON for a program, and as lines on a terminal."""
    if not sys.stdout.isatty():
        found = [
            asdict(each) | {"agrees": each.agrees, "is_lost": each.is_lost} for each in checked
        ]
        return json.dumps({"releases": found})
    return "\n".join(map(_checked_line, checked)) or "nothing is closed yet"


def _checked_line(each: DigestCheck) -> str:
    """Return one release and its digests in one line."""
    version = f"{each.place} {each.period} version {each.version}"
    logged = ", ".join(digest[:DIGEST_CHARS] for digest in each.published or ()) or "none"
    if each.is_lost:
        return (
            f"{version}: LOST, digest in the log {logged}; the database is an older backup."
            " If the period is closed again, its version follows the last one in the log"
        )
    return (
        f"{version} ({each.state}):"
        f" {'agrees' if each.agrees else 'DOES NOT AGREE'}, digest {each.digest[:DIGEST_CHARS]},"
        f" of its rows {each.computed[:DIGEST_CHARS]}, in the log {logged}"
    )
