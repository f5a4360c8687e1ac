"""Reporting: every fact becomes entries, and every number is a count of them."""

from pathlib import Path

from runtime.service import Service, run
from services.reporting import api, board
from services.reporting.board_live import Live, listening
from services.reporting.exporter import Gauges
from services.reporting.following import follow
from services.reporting.freshness import Freshness
from services.reporting.publishing import publishing
from services.reporting.settings import Settings
from services.reporting.watching import watching


def reporting() -> Service:
    """The service of one copy: its doors and its tasks share what they know of the log."""
    freshness, live = Freshness(), Live()
    doors = api.routes(freshness)
    doors.include_router(board.routes(freshness, live))
    return Service(
        name="reporting",
        settings=Settings,
        migrations=Path(__file__).parent / "migrations",
        routes=doors,
        tasks=(follow, publishing(Gauges()), watching(freshness), listening(live)),
    )


if __name__ == "__main__":
    run(reporting())
