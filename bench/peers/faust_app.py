"""Faust as its documentation shows it: agents, Tables, and a topic between that groups by cell.

Run it as a program; what it is given stands in the environment (see `ground`).
"""

import asyncio

import asyncpg
import faust

from bench.peers.ground import WRITE, Ground
from bench.peers.placed import TOPICS, changes, told
from runtime.kafka import create_topics
from schemas.topics import PARTITIONS, Topic

WRITTEN_EACH_S = 0.2
WRITE_CELLS = WRITE.format(cells="$1", persons="$2")


def main() -> None:
    """Make the topics of its own, which Faust would miss at its first start, and run."""
    ground = Ground.given()
    changelogs = [f"{ground.name}-{table}-changelog" for table in ("people", "counts")]
    own = [Topic(name, "", (), ()) for name in (f"{ground.name}-deltas", *changelogs)]
    asyncio.run(create_topics(ground.kafka, own))
    faust.Worker(application(ground), loglevel="warning").execute_from_commandline()


def application(ground: Ground) -> faust.App:
    """One agent per person and one per cell; both keep what they know in Tables."""
    app = faust.App(
        ground.name,
        broker=f"kafka://{ground.kafka}",
        datadir=ground.folder / "faust",
        store="memory://",
        web_enabled=False,
        topic_partitions=PARTITIONS,
        topic_replication_factor=1,
    )
    said = app.topic(*TOPICS, key_serializer="raw", value_serializer="json")
    deltas = app.topic(f"{ground.name}-deltas", key_type=str, value_type=int)
    _hear(app, ground, said, deltas)
    _count(app, ground, deltas)
    return app


def _hear(app: faust.App, ground: Ground, said: faust.TopicT, deltas: faust.TopicT) -> None:
    """The first agent: a person's events, and which cells the person enters and leaves."""
    people = app.Table("people", default=dict, partitions=PARTITIONS)
    councils = ground.councils()

    async def hear(stream: faust.StreamT) -> None:
        async for code, event in stream.items():
            ground.note_begun()
            person = code.decode()
            before = people[person]
            after = told(before, event, councils)
            if after is not None:
                people[person] = after
                for cell, by in changes(before, after):
                    await deltas.send(key=cell, value=by)

    app.agent(said, name="hear")(hear)


def _count(app: faust.App, ground: Ground, deltas: faust.TopicT) -> None:
    """The second: the persons in each cell, written to the database a few times a second."""
    counts = app.Table("counts", default=int, partitions=PARTITIONS)
    waiting: dict[str, int] = {}

    async def count(stream: faust.StreamT) -> None:
        async for cell, by in stream.items():
            counts[cell] += by
            waiting[cell] = counts[cell]

    async def write() -> None:
        cells = dict(waiting)
        waiting.clear()
        if cells:
            connection = await asyncpg.connect(ground.database)
            await connection.execute(WRITE_CELLS, list(cells), list(cells.values()))
            await connection.close()

    app.agent(deltas, name="count")(count)
    app.timer(WRITTEN_EACH_S)(write)


if __name__ == "__main__":
    main()
