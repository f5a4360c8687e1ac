"""`lmc close`, `lmc reopen`: freeze a council's period, and open it again."""

import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

import click

from lmc.cli.options import StackOptions, stack_options
from lmc.cli.releases import DIGEST_CHARS, INSTANT, print_answer, release_line
from lmc.client.service_client import ServiceClient
from lmc.devstack.stack import Stack, find_stack
from services.reporting.releases.model import ReopenReason
from services.reporting.releases.responses import PreparedReleaseResponse, ReleaseVersionResponse

_JSON: Final = "application/json"

_by_option = click.option("--by", required=True, metavar="NAME", help="Who does it: steward-1.")


@click.command()
@stack_options
@click.option("--place", metavar="P", help="The council to close a period of.")
@click.option("--period", metavar="X", help="2023-06, 2023-Q2 or 2023, when it is over.")
@click.option("--approve", metavar="ID", help="Approve what another person has prepared.")
@click.option("--reject", metavar="ID", help="Reject what another person has prepared.")
@_by_option
def close(
    chosen: StackOptions, by: str, place: str | None, period: str | None, **decided: str | None
) -> None:
    """Freeze a council's period: one person prepares it, another approves.

    Example: lmc close --place 70998 --period 2023-Q2 --by steward-1
    """
    decisions = [(step, release) for step, release in decided.items() if release is not None]
    is_both = place is not None and period is not None
    is_some = place is not None or period is not None
    if len(decisions) + is_some != 1 or is_some != is_both:
        raise click.UsageError("Give --place and --period, or one of --approve and --reject.")
    stack = find_stack(chosen.data, chosen.port_offset)
    if is_both:
        request = {"place": place, "period": period, "by": by}
        print_answer(_post(stack, "/releases", request), PreparedReleaseResponse, _prepared)
        return
    ((step, release),) = decisions
    body = _post(stack, f"/releases/{quote(release, safe='')}/{step}", {"by": by})
    print_answer(body, ReleaseVersionResponse, release_line)


@click.command()
@stack_options
@click.option("--place", metavar="P", required=True, help="The council.")
@click.option("--period", metavar="X", required=True, help="The closed period.")
@click.option(
    "--reason",
    required=True,
    type=click.Choice([reason.value for reason in ReopenReason]),
    help="Why it is opened again.",
)
@_by_option
def reopen(chosen: StackOptions, place: str, period: str, reason: str, by: str) -> None:
    """Open a closed period again; its frozen version stays as it is."""
    stack = find_stack(chosen.data, chosen.port_offset)
    path = f"/releases/{quote(place, safe='')}/{quote(period, safe='')}/reopen"
    print_answer(
        _post(stack, path, {"by": by, "reason": reason}), ReleaseVersionResponse, release_line
    )


def _post(stack: Stack, path: str, body: Mapping[str, str | None]) -> bytes:
    """Return reporting's response. Preparing needs the steward's token, the rest the approver's."""
    token = stack.steward_token_file if path == "/releases" else stack.approver_token_file
    with ServiceClient(stack, "reporting", token) as reporting:
        return reporting.post(path, json.dumps(body).encode(), _JSON)


def _prepared(release: PreparedReleaseResponse) -> str:
    """Return the lines of a prepared release: its content, and the next steps."""
    summary = release.summary
    states = ", ".join(f"{number} {state}" for state, number in summary.states.items())
    digest = release.digest[:DIGEST_CHARS]
    lines = [
        f"prepared: {release.place} {release.period} as version {release.version}",
        f"  release {release.id}",
        f"  {summary.tables} tables, {summary.values} numbers: {states}",
        f"  facts projected through {summary.projected_through:{INSTANT}}, digest {digest}",
    ]
    if summary.pending:
        lines.append(f"  may still grow: {', '.join(summary.pending)}")
    lines.append(f"next, by another person: lmc releases --show {release.id}")
    lines.append(f"and if the numbers are right: lmc close --approve {release.id} --by NAME")
    return "\n".join(lines)
