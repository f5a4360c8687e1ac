"""The door in over Kafka: each partner's own topic, through the same checks as HTTP."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
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
    """Follow the topics of all partners; when one is added, begin anew with its topic too."""
    key_file = context.settings.seal_key_file
    lane = Lane(context, None if key_file is None else Seal.read(key_file))
    followed: tuple[str, ...] = ()
    following: asyncio.Task[None] | None = None
    try:
        while True:
            partners = await _declared(context, followed)
            if partners != followed and await _have_topics(context, partners):
                await _end(following)
                following = asyncio.create_task(_follower(context, lane, partners).run())
                followed = partners
            await _pause(following)
    finally:
        await _end(following)


def _follower(context: Context, lane: Lane, partners: Sequence[str]) -> Follower[Sequence[Heard]]:
    follower = Follower(
        pool=context.pool,
        kafka=context.settings.kafka,
        group="lmc-intake",
        instance=context.settings.instance,
        topics=[partner_topic(partner).name for partner in partners],
        fold=lane,
        metrics=context.metrics,
        expires=True,
    )
    context.health.add("lanes", follower.trouble)
    return follower


async def _declared(context: Context, followed: tuple[str, ...]) -> tuple[str, ...]:
    """Return the partners that there are; while the database is away, those we know."""
    try:
        async with context.pool.acquire() as connection:
            return await Desk(connection).partners()
    except TROUBLE as error:
        _LOG.warning("cannot read the partners", trouble=log.describe(error))
        return followed


async def _have_topics(context: Context, partners: Sequence[str]) -> bool:
    try:
        await kafka.create_topics(
            context.settings.kafka, [partner_topic(partner) for partner in partners]
        )
    except Unavailable as error:
        _LOG.warning("cannot make the partners' topics yet", trouble=log.describe(error))
        return False
    return True


async def _pause(following: asyncio.Task[None] | None) -> None:
    """Wait before the next look; what ends the follower ends us."""
    if following is None:
        await asyncio.sleep(LOOK_SECONDS)
        return
    done, _ = await asyncio.wait({following}, timeout=LOOK_SECONDS)
    for task in done:
        task.result()


async def _end(following: asyncio.Task[None] | None) -> None:
    if following is not None:
        following.cancel()
        await asyncio.wait({following})


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
