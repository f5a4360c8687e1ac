"""A rebuild from beginning to end: step by step, each noted, so that a killed one goes on."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import asyncpg

from runtime.errors import Missing
from runtime.postgres import AGAIN, Pool, own_session
from runtime.quarantine import Seal
from runtime.settings import read_declarations
from runtime.trouble import Patience
from services.reporting.answering.known_at import ever_linked, slices
from services.reporting.counting.known import groups
from services.reporting.folding.names import Names
from services.reporting.folding.worker import Definitions, Worker
from services.reporting.rebuilding.catching_up import CatchingUp, check_log
from services.reporting.rebuilding.changeover import Changeover, Differing
from services.reporting.rebuilding.ground import Ground, Index, Origin
from services.reporting.rebuilding.names import LIVE, NEXT, TABLES
from services.reporting.rebuilding.processes import run_builders
from services.reporting.rebuilding.store import Site
from services.reporting.settings import Settings

SLICE_RECORDS = 1_000_000
"""So many records of a partition are held in memory at once: some 700 MB per process."""
HOLD_ATTEMPTS = 60
"""Two seconds each: so long readers of the old tables are waited for."""

Tell = Callable[[str, int, int], None]
"""Called with a step's name, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Both projections at the same place of the log: their facts, and where entries differ.

    Of the facts it tells how many there are, and a digest of all.
    """

    has_other_definitions: bool
    facts_before: tuple[int, str]
    facts_after: tuple[int, str]
    differing: Sequence[Differing]

    @property
    def is_equal(self) -> bool:
        """Whether the new tables hold exactly what the live ones do."""
        return not self.differing and self.facts_before == self.facts_after


@asynccontextmanager
async def alone(pool: Pool) -> AsyncIterator[None]:
    """Be the only one who rebuilds; Missing if somebody else does."""
    async with own_session(pool) as connection:
        if not await Ground(connection).lock_all():
            raise Missing("another rebuild is running: wait for it, or end it")
        yield


class Rebuild:
    """One rebuild: `prepare` it as often as you like, then `change_over`.

    `pool` has sessions with BUILDING's settings, which see the new tables before the live ones.
    """

    def __init__(self, settings: Settings, topics: Sequence[str], pool: Pool, tell: Tell) -> None:
        self._settings = settings
        self._topics = topics
        self.pool = pool
        self._tell = tell
        self._names = Names(pool)
        definitions = Definitions.of(read_declarations(settings.catalogue))
        self.worker = Worker(definitions, self._names, Seal.read(settings.seal_key_file))
        self._catching_up = CatchingUp(pool, settings.kafka, self.worker)

    async def prepare(self, processes: int) -> Rebuilt:
        """Build the next projection, or go on with it, and compare it with the live one."""
        await self._names.learn_catalogue(self.worker.definitions.catalogue)
        await self._begin()
        await self._once("parts", lambda: self._build(processes))
        await self._once("count", self._count)
        await self._once("join", self._join)
        await self._once("indexes", self._index)
        await self._once("apart", self._compute_apart)
        return await self._compare()

    async def take_back(self) -> Rebuilt:
        """Make the previous projection the next one, and compare it with the live one.

        Raises Missing if there is none, or if it follows other definitions than this program's.
        """
        await self._names.learn_catalogue(self.worker.definitions.catalogue)
        async with self.pool.acquire() as connection, connection.transaction():
            ground, sides = Ground(connection), Changeover(connection)
            mine, previous = await self._origin(ground), await sides.previous()
            if previous is None:
                raise Missing("there is nothing to go back to: nothing was changed over yet")
            if Origin(*previous) != mine:
                raise Missing(
                    "the tables before follow other definitions than this program's, or another"
                    " version of the database: go back with the program that has made them"
                )
            await ground.make_notes(mine)
            await sides.take_back()
            for step in ("parts", "count", "join", "indexes", "apart"):
                await ground.done(step)
        return await self._compare()

    async def change_over(self, *, is_back: bool = False) -> None:
        """Make the next projection the live one; the live fold is held for a moment."""
        for attempt in range(HOLD_ATTEMPTS):
            await self._catch_up()
            try:
                await self._change_over(is_back=is_back)
            except AGAIN:  # readers take the tables in an order of their own: one of us gives way
                self._tell("waiting for readers", attempt, HOLD_ATTEMPTS)
            else:
                return
        raise Missing("readers hold the tables for minutes: try again when they are done")

    async def _begin(self) -> None:
        """Make the new tables, unless those of these definitions are begun already."""
        async with self.pool.acquire() as connection, connection.transaction():
            ground = Ground(connection)
            mine = await self._origin(ground)
            if await ground.origin() != mine:
                await ground.begin(mine, self._topics, SLICE_RECORDS)
            targets = {target.place: target for target in await ground.targets()}
        await check_log(self._settings.kafka, targets)

    async def _origin(self, ground: Ground) -> Origin:
        mine = self.worker.definitions
        return Origin(mine.digest, mine.series, await ground.migration())

    async def _once(self, step: str, work: Callable[[], Awaitable[None]]) -> None:
        async with self._ground() as ground:
            if await ground.is_done(step):
                return
        await work()
        async with self._ground() as ground:
            await ground.done(step)

    async def _build(self, processes: int) -> None:
        async def look() -> None:
            async with self.pool.acquire() as connection:
                self._tell("records", *await Site(connection).progress())

        await run_builders(self._settings, processes, look)

    async def _count(self) -> None:
        mine = self.worker.definitions
        async with self.pool.acquire() as connection, connection.transaction():
            ground = Ground(connection)
            await ground.count(await self._origin(ground), json.dumps(mine.files), mine.ways)
            await ground.done("count")

    async def _join(self) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            await Ground(connection).join_subjects()
            await Ground(connection).done("join")

    async def _index(self) -> None:
        """Make the indexes of all tables beside one another, those of a table in turn."""
        done = Counter[str]()
        async with self._ground() as ground:
            wanted = {table: await ground.indexes(LIVE, table) for table in TABLES}
        total = sum(map(len, wanted.values()))

        async def make(table: str) -> None:
            async with self._ground() as ground:
                made = {index.name for index in await ground.indexes(NEXT, table)}
                for index in wanted[table]:
                    self._tell("indexes", done.total(), total)
                    if index.name not in made:
                        await self._make_index(ground, index)
                    done[table] += 1

        await asyncio.gather(*map(make, TABLES))
        async with self._ground() as ground:
            await ground.finish()
        self._tell("indexes", total, total)

    async def _make_index(self, ground: Ground, index: Index) -> None:
        try:
            await ground.make_index(index)
        except asyncpg.UniqueViolationError:
            # Records that lie in a partition where they do not belong were told twice.
            await ground.join_facts()
            await ground.make_index(index)

    async def _compute_apart(self) -> None:
        """Compute last what hangs on facts of several parts: everybody whom a merge names.

        Codes that a merge has ever linked are computed together: nobody is torn apart.
        """
        patience = Patience(lambda _: None)
        done = 0
        async with self.pool.acquire() as connection:
            apart = await Ground(connection).apart()
            everybody = list(groups(apart, await ever_linked(connection)))
        total = sum(map(len, everybody))
        for codes in slices(everybody):
            await patience.insist(partial(self._compute, codes))
            done += len(codes)
            self._tell("merged codes", done, total)

    async def _compute(self, codes: Sequence[str]) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            await self.worker.compute_anew(connection, codes)

    async def _compare(self) -> Rebuilt:
        """See what is live at one instant, fold the new tables to the same place, compare."""
        self._tell("comparing", 0, 1)
        await self._catch_up()
        async with (
            self.pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read"),
        ):
            sides = Changeover(connection)
            before = await sides.see_live()
            ends = await sides.positions(self._topics)
        await self._catching_up.fold_to(ends)
        async with self.pool.acquire() as connection:
            sides = Changeover(connection)
            after = await sides.compare()
            differing, live = await sides.differing(), await sides.live_definitions()
        self._tell("comparing", 1, 1)
        is_other = live is not None and live.digest != self.worker.definitions.digest
        return Rebuilt(is_other, before, after, differing)

    async def _catch_up(self) -> None:
        """Fold the new tables to about where the live ones are."""
        async with self.pool.acquire() as connection:
            ends = await Changeover(connection).positions(self._topics)
        await self._catching_up.fold_to(ends)

    async def _change_over(self, *, is_back: bool) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            sides = Changeover(connection)
            await sides.hold_live()
            await self._catching_up.fold_to(await sides.positions(self._topics))
            await sides.change_over(self.worker.lasting(), is_back=is_back)
            await Ground(connection).clear()

    @asynccontextmanager
    async def _ground(self) -> AsyncIterator[Ground]:
        async with self.pool.acquire() as connection:
            yield Ground(connection)
