"""Stories of a log that is rebuilt, and a rebuild beside a test's own worker."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from lmc.kafka import LocalKafka
from runtime import kafka as kafka_admin
from runtime.postgres import Pool, open_pool
from services.reporting.proof.certificate import Certificate
from services.reporting.proof.prove import domain_log, prove
from services.reporting.rebuilding.names import BUILDING
from services.reporting.rebuilding.rebuild import Rebuild, Rebuilt, alone
from services.reporting.settings import Settings
from tests.conftest import MakeTopic
from tests.integration.follow.story import become
from tests.integration.reporting.desk import Desk
from tests.integration.reporting.log import Log, following
from tests.reference.logs import random_log
from tests.reference.plain import Event
from tests.reference.tell import ANA, BOBAN, DARKO, ENISA, IVANJICA, say

MADE = "matching.placement.made"
LOGS = 12
FOLDED = "SELECT coalesce(sum(next_offset), 0)::bigint FROM position"


def now() -> datetime:
    return datetime.now(UTC)


def stories() -> list[Event]:
    """Many random stories about the same few people: chains of merges, un-merges, corrections."""
    return [
        event | {"id": f"{seed}-{event['id']}", "factid": f"{seed}-{event.get('factid')}"}
        for seed in range(LOGS)
        for event in random_log(seed)
    ]


def trouble() -> list[Event | bytes]:
    """A duplicate, two conflicts, no JSON, a type of tomorrow, an erasure taken back."""
    made = say(MADE, "2023-03-02", ANA, id="made")
    erased = say("registration.person.erased", "2024-01-01", DARKO, id="erased")
    return [
        made,
        made | {"recordedtime": "2020-01-01T00:00:00Z"},
        made | {"data": made["data"] | {"municipality": IVANJICA}},
        say(MADE, "2023-03-05", BOBAN, id="made"),
        b"poison",
        say(MADE, "2023-03-02", ENISA, id="tomorrow") | {"type": "matching.placement.made.v9"},
        erased,
    ]


async def full_log(kafka: LocalKafka, make_topic: MakeTopic) -> Log:
    """Two topics of three partitions with everything that may become of a record."""
    topics = (await make_topic("rebuild-a", 3), await make_topic("rebuild-b", 3))
    made = Log(kafka.bootstrap, topics, 3)
    made.tell([*stories(), *trouble()])
    return made


async def fold_all(desk: Desk, log: Log) -> None:
    """Let a worker follow until everything is folded."""
    async with following(desk, log):
        await become(lambda: passed(desk.context.pool, log))


async def passed(pool: Pool, log: Log) -> bool:
    ends = await kafka_admin.ends(log.bootstrap, log.places)
    return int(await pool.fetchval(FOLDED)) == sum(ends.values())


@asynccontextmanager
async def rebuilding(desk: Desk, log: Log) -> AsyncIterator[Rebuild]:
    settings = desk.context.settings
    assert isinstance(settings, Settings)
    async with await open_pool(settings, BUILDING) as pool, alone(pool):
        yield Rebuild(settings, log.topics, pool, lambda *_: None)


async def rebuilt(desk: Desk, log: Log, processes: int = 1) -> Rebuilt:
    async with rebuilding(desk, log) as rebuild:
        found = await rebuild.prepare(processes)
        await rebuild.change_over()
        return found


async def proved(desk: Desk, log: Log) -> Certificate:
    known = domain_log(log.bootstrap, log.topics)
    return await prove(desk.context.pool, known, desk.context.declared, now)
