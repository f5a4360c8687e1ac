"""A Faust application as its documentation shows it: agents, Tables, a topic grouped by cell.

Run it as a program; it reads environment variables (see `environment`).
"""

import asyncio

import asyncpg
import faust

from bench.peers.environment import WRITE, PeerEnvironment
from bench.peers.placed_counts import TOPICS, apply_event, changes
from runtime.messaging.admin import create_topics
from schemas.topics import PARTITIONS, Topic

_WRITE_INTERVAL_S = 0.2
_WRITE_CELLS = WRITE.format(cells="$1", persons="$2")


def main() -> None:
    """Create the application's topics, which Faust lacks at its first start, and run it."""
    environment = PeerEnvironment.from_process()
    changelogs = [f"{environment.name}-{table}-changelog" for table in ("people", "counts")]
    own = [Topic(name, "", (), ()) for name in (f"{environment.name}-deltas", *changelogs)]
    asyncio.run(create_topics(environment.kafka, own))
    faust.Worker(_application(environment), loglevel="warning").execute_from_commandline()


def _application(environment: PeerEnvironment) -> faust.App:
    """Return an application with one agent for persons and one for cells, each with a Table."""
    app = faust.App(
        environment.name,
        broker=f"kafka://{environment.kafka}",
        datadir=environment.folder / "faust",
        store="memory://",
        web_enabled=False,
        topic_partitions=PARTITIONS,
        topic_replication_factor=1,
    )
    events = app.topic(*TOPICS, key_serializer="raw", value_serializer="json")
    deltas = app.topic(f"{environment.name}-deltas", key_type=str, value_type=int)
    _add_person_agent(app, environment, events, deltas)
    _add_cell_agent(app, environment, deltas)
    return app


def _add_person_agent(
    app: faust.App, environment: PeerEnvironment, events: faust.TopicT, deltas: faust.TopicT
) -> None:
    """Add the first agent: from a person's events to the cells the person enters and leaves."""
    people = app.Table("people", default=dict, partitions=PARTITIONS)
    councils = environment.councils()

    async def apply_events(stream: faust.StreamT) -> None:
        async for code, event in stream.items():
            environment.note_start()
            person = code.decode()
            before = people[person]
            after = apply_event(before, event, councils)
            if after is not None:
                people[person] = after
                for cell, by in changes(before, after):
                    await deltas.send(key=cell, value=by)

    app.agent(events, name="persons")(apply_events)


def _add_cell_agent(app: faust.App, environment: PeerEnvironment, deltas: faust.TopicT) -> None:
    """Add the second agent: it counts the persons in each cell and writes the counts."""
    counts = app.Table("counts", default=int, partitions=PARTITIONS)
    unwritten: dict[str, int] = {}

    async def count(stream: faust.StreamT) -> None:
        async for cell, by in stream.items():
            counts[cell] += by
            unwritten[cell] = counts[cell]

    async def write() -> None:
        cells = dict(unwritten)
        unwritten.clear()
        if cells:
            connection = await asyncpg.connect(environment.database)
            await connection.execute(_WRITE_CELLS, list(cells), list(cells.values()))
            await connection.close()

    app.agent(deltas, name="cells")(count)
    app.timer(_WRITE_INTERVAL_S)(write)


if __name__ == "__main__":
    main()
