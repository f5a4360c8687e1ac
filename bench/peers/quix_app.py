"""A Quix Streams application as its documentation shows it: keyed state, regrouping, a sink.

It runs in its own virtual environment (see `quix-requirements.txt`) and reads environment variables
(see `environment`).
"""

from typing import Any

import psycopg
from quixstreams import Application, State
from quixstreams.sinks import BatchingSink, SinkBatch

from bench.peers.environment import WRITE, PeerEnvironment
from bench.peers.placed_counts import TOPICS, PersonState, apply_event, changes

_COMMIT_S = 1.0
_WRITE_CELLS = WRITE.format(cells="%s", persons="%s")


class _CountSink(BatchingSink):  # type: ignore[misc] # its package is in another environment
    """A sink that writes the newest count of each cell before the batch's offsets are committed."""

    def __init__(self, database: str) -> None:
        super().__init__()
        self._database = database

    def setup(self) -> None:
        """Open the connection."""
        self._connection = psycopg.connect(self._database, autocommit=True)

    def write(self, batch: SinkBatch) -> None:
        """Write a batch: the last count of each cell."""
        newest = dict(item.value for item in batch)
        cells = sorted(newest)
        self._connection.execute(_WRITE_CELLS, (cells, [newest[cell] for cell in cells]))


def _application(environment: PeerEnvironment) -> Application:
    """Return an application with one stream of both topics, regrouped by cell and counted."""
    app = Application(
        broker_address=environment.kafka,
        consumer_group=environment.name,
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        commit_interval=_COMMIT_S,
        state_dir=environment.folder / "state",
        loglevel="WARNING",
    )
    councils = environment.councils()

    def cell_changes(event: dict[str, Any], state: State) -> list[tuple[str, int]]:
        environment.note_start()
        before: PersonState = state.get("person", {})
        after = apply_event(before, event, councils)
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
    deltas = registration.concat(matching).apply(cell_changes, stateful=True, expand=True)
    by_cell = deltas.group_by(lambda delta: delta[0], name="cell")
    by_cell.apply(counted, stateful=True).sink(_CountSink(environment.database))
    return app


if __name__ == "__main__":
    _application(PeerEnvironment.from_process()).run()
