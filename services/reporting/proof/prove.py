"""The proof behind `lmc verify`: the log says the facts, and the facts make the entries."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from runtime.clock import Clock
from runtime.postgres import Pool
from schemas.declarations import Declarations
from services.reporting.answering.reading import one_instant
from services.reporting.folding.digest import catalogue_digest
from services.reporting.folding.freshness import FOLLOWED
from services.reporting.indicators import catalogue
from services.reporting.proof.certificate import At, Certificate, Leg, Progress, silent
from services.reporting.proof.entries import prove_entries
from services.reporting.proof.log import Log, prove_log
from services.reporting.proof.reported import prove_reported
from services.reporting.proof.store import Account, Evidence

TOPICS = tuple(topic.name for topic in FOLLOWED)


async def prove(
    pool: Pool,
    log: Log,
    declared: Declarations,
    clock: Clock,
    progress: Progress = silent,
) -> Certificate:
    """Prove all legs; reads only, and folding may go on.

    Raises Unavailable or one of TROUBLE if Kafka or the database goes away meanwhile.
    """
    certificate = await prove_projection(pool, log, declared, clock, progress)
    reported = await prove_reported(pool, catalogue(declared), progress)
    return replace(
        certificate,
        agrees=certificate.agrees and not reported.differs,
        legs=(*certificate.legs, reported),
    )


async def prove_projection(
    pool: Pool,
    log: Log,
    declared: Declarations,
    clock: Clock,
    progress: Progress = silent,
) -> Certificate:
    """Prove what follows from the log, live or not yet; what is published is not looked at."""
    definitions = catalogue(declared)
    entries = await prove_entries(pool, definitions, progress)
    facts, accounts = await prove_log(pool, log, definitions, progress)
    return await certify(pool, clock, (entries, facts), accounts)


async def certify(
    pool: Pool, clock: Clock, legs: tuple[Leg, ...], accounts: Sequence[Account]
) -> Certificate:
    """The certificate of what the legs have found; they agree only on our definitions."""
    async with one_instant(pool) as connection:
        stored = await Evidence(connection).catalogue_digest()
    digest = catalogue_digest()
    return Certificate(
        made_at=clock(),
        agrees=not any(leg.differs for leg in legs) and stored in {None, digest},
        catalogue_digest=digest.hex(),
        entries_digest=stored.hex() if stored else None,
        legs=legs,
        positions=tuple(At(*account.place, account.next_offset) for account in accounts),
    )


def domain_log(bootstrap: str, topics: Collection[str] = TOPICS) -> Log:
    """The log that reporting follows."""
    return Log(bootstrap, topics)
