"""The door in over Kafka: each partner's own topic, through the same checks as HTTP."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from runtime import kafka, log, quarantine
from runtime.batch import Record, Tallies, Tally
from runtime.clock import belgrade_day
from runtime.context import Context
from runtime.errors import Unavailable
from runtime.follow import Follower
from runtime.postgres import TROUBLE, Connection
from runtime.quarantine import Seal
from schemas.problem import Problem
from schemas.topics import partner_topic
from services.intake.check import Caller, Rules, judge
from services.intake.partners import Partner
from services.intake.reception import Judged, Outcome, take
from services.intake.store import Desk

PREFIX = partner_topic("").name
LOOK_SECONDS = 2.0
"""A new partner's lane opens so long after it was declared."""

_LOG = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """A record of a partner's topic with what the checks say of it."""

    record: Record
    judged: Judged


class Lane:
    """The door's half of the follower's transaction: receipts, outbox rows, quarantine."""

    def __init__(self, context: Context, seal: Seal | None) -> None:
        self._context = context
        self._seal = seal

    async def prepare(self, records: Sequence[Record]) -> Sequence[Heard]:
        """Check each record as its topic's partner."""
        partners = await self._partners({record.topic for record in records})
        rules = Rules(belgrade_day(self._context.clock()), self._context.declared)
        return [
            Heard(record, judge(record.value or b"", Caller(partners[record.topic]), rules))
            for record in records
        ]

    async def apply(self, connection: Connection, prepared: Sequence[Heard]) -> Tallies:
        """Take in what is well, put the rest into quarantine, account for every record."""
        outcomes = await take(Desk(connection), [heard.judged for heard in prepared])
        for heard, outcome in zip(prepared, outcomes, strict=True):
            if outcome.problem is not None:
                await quarantine.keep(connection, heard.record, outcome.problem, self._seal)
        return _tallies(prepared, outcomes)

    async def refuse(self, connection: Connection, record: Record, reason: str) -> None:
        """Put one record aside that brings us down every time."""
        problem = Problem("E1901", "$", reason, "Its operators replay it when the bug is mended.")
        await quarantine.keep(connection, record, problem, self._seal)

    async def _partners(self, topics: set[str]) -> Mapping[str, Partner]:
        async with self._context.pool.acquire() as connection:
            desk = Desk(connection)
            found = {topic: await desk.partner(topic.removeprefix(PREFIX)) for topic in topics}
        return {topic: partner for topic, partner in found.items() if partner is not None}


async def follow_partners(context: Context) -> None:
    """Follow each partner's topic by itself, so that nobody waits for another's flood.

    Each has a consumer group of its own: a static member that comes back to a group with other
    topics is given its old ones again.
    """
    key_file = context.settings.seal_key_file
    lane = Lane(context, None if key_file is None else Seal.read(key_file))
    followed: dict[str, asyncio.Task[None]] = {}
    try:
        while True:
            fresh = [partner for partner in await _declared(context) if partner not in followed]
            if fresh and await _have_topics(context, fresh):
                for partner in fresh:
                    follower = _follower(context, lane, partner)
                    followed[partner] = asyncio.create_task(follower.run())
            await _pause(followed.values())
    finally:
        await _end(followed.values())


def _follower(context: Context, lane: Lane, partner: str) -> Follower[Sequence[Heard]]:
    follower = Follower(
        pool=context.pool,
        kafka=context.settings.kafka,
        group=f"lmc-intake-{partner}",
        instance=context.settings.instance,
        topics=[partner_topic(partner).name],
        fold=lane,
        metrics=context.metrics,
        expires=True,
    )
    context.health.add(f"lane of {partner}", follower.trouble)
    return follower


async def _declared(context: Context) -> tuple[str, ...]:
    """Return the partners that there are; none while the database is away."""
    try:
        async with context.pool.acquire() as connection:
            return await Desk(connection).partners()
    except TROUBLE as error:
        _LOG.warning("cannot read the partners", trouble=log.describe(error))
        return ()


async def _have_topics(context: Context, partners: Sequence[str]) -> bool:
    try:
        await kafka.create_topics(
            context.settings.kafka, [partner_topic(partner) for partner in partners]
        )
    except Unavailable as error:
        _LOG.warning("cannot make the partners' topics yet", trouble=log.describe(error))
        return False
    return True


async def _pause(following: Collection[asyncio.Task[None]]) -> None:
    """Wait before the next look; what ends one follower ends us."""
    if not following:
        await asyncio.sleep(LOOK_SECONDS)
        return
    done, _ = await asyncio.wait(
        following, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
    )
    for task in done:
        task.result()


async def _end(following: Collection[asyncio.Task[None]]) -> None:
    for task in following:
        task.cancel()
    if following:
        await asyncio.wait(following)


def _tallies(prepared: Sequence[Heard], outcomes: Sequence[Outcome]) -> Tallies:
    counts = Counter(
        (heard.record.place, outcome.status)
        for heard, outcome in zip(prepared, outcomes, strict=True)
    )
    tallies = {heard.record.place: Tally() for heard in prepared}
    for (place, status), count in counts.items():
        match status:
            case "accepted":
                tallies[place] = replace(tallies[place], folded=count)
            case "duplicate":
                tallies[place] = replace(tallies[place], duplicate=count)
            case "refused":
                tallies[place] = replace(tallies[place], quarantined=count)
    return tallies
