"""`lmc verify`: a certificate that log, facts and entries agree, or where they do not."""

import asyncio

import click

from lmc.bars import Tell, bars
from lmc.direct import reporting_settings
from lmc.options import Where, where_options
from lmc.stack import Stack, find_stack
from runtime.clock import utc_now
from runtime.errors import Missing
from runtime.postgres import open_pool
from runtime.settings import read_declarations
from runtime.trouble import WORLD
from services.reporting.proof.certificate import Certificate
from services.reporting.proof.prove import domain_log, prove


@click.command()
@where_options
@click.option("--json", "is_json", is_flag=True, help="Print the whole certificate as JSON.")
def verify(where: Where, *, is_json: bool) -> None:
    """Prove that every number rests on the log: facts = log, entries = facts.

    Reads only, beside the running stack. Ends with 1 if something differs.
    """
    stack = find_stack(where.data, where.port_offset)
    with bars() as tell:
        certificate = asyncio.run(_prove(stack, tell))
    click.echo(certificate.to_json() if is_json else _readable(certificate))
    if not certificate.agrees:
        click.get_current_context().exit(1)


async def _prove(stack: Stack, tell: Tell) -> Certificate:
    settings = reporting_settings(stack)
    declared = read_declarations(stack.catalogue)
    try:
        async with await open_pool(settings) as pool:
            return await prove(pool, domain_log(stack.kafka), declared, utc_now, tell)
    except WORLD as error:
        raise Missing(
            f"the proof cannot read the stack: {error}. Try again when it runs."
        ) from error


def _readable(certificate: Certificate) -> str:
    """The certificate for a person: what was compared, what differs, what it rests on."""
    lines = [
        f"{leg.name}: {leg.compares}: {leg.compared:,} compared, {leg.differs:,} differ"
        for leg in certificate.legs
    ]
    for leg in certificate.legs:
        lines += [f"  {each.where}: {each.what}" for each in leg.differences]
    if certificate.entries_digest not in (None, certificate.catalogue_digest):
        lines.append("  the entries were computed by other definitions than this program's")
    read_to = sum(at.next_offset for at in certificate.positions)
    lines.append(f"log read to {read_to:,} records in {len(certificate.positions)} partitions")
    lines.append(f"definitions {certificate.catalogue_digest[:16]}, made at {certificate.made_at}")
    lines.append("agrees" if certificate.agrees else "DOES NOT AGREE")
    return "\n".join(lines)
