"""Quix Streams as its documentation shows it: state per key, a regrouping, a sink in batches.

It runs in an environment of its own (see `quix-requirements.txt`); what it is given stands in the
environment of the process (see `ground`).
"""

from typing import Any

import psycopg
from quixstreams import Application, State
from quixstreams.sinks import BatchingSink, SinkBatch

from bench.peers.ground import WRITE, Ground
from bench.peers.placed import TOPICS, Person, changes, told

COMMIT_S = 1.0
WRITE_CELLS = WRITE.format(cells="%s", persons="%s")


class Cells(BatchingSink):  # type: ignore[misc] # in an environment of its own
    """Writes the newest count of each cell of a batch, before its offsets are committed."""

    def __init__(self, database: str) -> None:
        super().__init__()
        self._database = database

    def setup(self) -> None:
        """Open the connection."""
        self._connection = psycopg.connect(self._database, autocommit=True)

    def write(self, batch: SinkBatch) -> None:
        """Write a batch; of a cell the last count."""
        newest = dict(item.value for item in batch)
        cells = sorted(newest)
        self._connection.execute(WRITE_CELLS, (cells, [newest[cell] for cell in cells]))


def application(ground: Ground) -> Application:
    """One stream over both topics, with the person's state; regrouped by cell and counted."""
    app = Application(
        broker_address=ground.kafka,
        consumer_group=ground.name,
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        commit_interval=COMMIT_S,
        state_dir=ground.folder / "state",
        loglevel="WARNING",
    )
    councils = ground.councils()

    def moved(event: dict[str, Any], state: State) -> list[tuple[str, int]]:
        ground.note_begun()
        before: Person = state.get("person", {})
        after = told(before, event, councils)
        if after is None:
            return []
        state.set("person", after)
        return changes(before, after)

    def counted(delta: tuple[str, int], state: State) -> tuple[str, int]:
        cell, by = delta
        count = state.get("count", 0) + by
        state.set("count", count)
        return cell, count

    registration, matching = (
        app.dataframe(app.topic(name, key_deserializer="str", value_deserializer="json"))
        for name in TOPICS
    )
    deltas = registration.concat(matching).apply(moved, stateful=True, expand=True)
    by_cell = deltas.group_by(lambda delta: delta[0], name="cell")
    by_cell.apply(counted, stateful=True).sink(Cells(ground.database))
    return app


if __name__ == "__main__":
    application(Ground.given()).run()
