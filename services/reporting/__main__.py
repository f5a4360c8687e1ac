"""Reporting: every fact becomes entries, and every number is a count of them."""

from pathlib import Path
from secrets import randbelow

from runtime.service import Service, run
from services.reporting import api
from services.reporting.board import routes as board
from services.reporting.board.live import Live, listening
from services.reporting.closing.revising import revising
from services.reporting.closing.witness import CLOSINGS
from services.reporting.expecting.reading import check_reporters
from services.reporting.folding.erasing import ERASURES
from services.reporting.folding.following import follow
from services.reporting.folding.freshness import Freshness
from services.reporting.folding.projection import Standing
from services.reporting.proof.watch import verifying
from services.reporting.publishing.exporter import Gauges
from services.reporting.publishing.task import publishing
from services.reporting.publishing.watching import watching
from services.reporting.settings import Settings


def reporting() -> Service:
    """The service of one copy: its doors and its tasks share what they know of the log."""
    freshness, live, standing = Freshness(), Live(), Standing()
    doors = api.routes(freshness, standing)
    doors.include_router(board.routes(freshness, live, standing))
    return Service(
        name="reporting",
        settings=Settings,
        migrations=Path(__file__).parent / "migrations",
        routes=doors,
        check=check_reporters,
        first_reads=(ERASURES, CLOSINGS),
        tasks=(
            follow(standing),
            publishing(Gauges(), freshness, standing),
            watching(freshness),
            listening(live),
            revising(standing),
            verifying(freshness, standing, randbelow),
        ),
    )


if __name__ == "__main__":
    run(reporting())
