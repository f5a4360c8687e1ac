"""Reporting: every fact becomes entries, and every number is a count of them."""

from pathlib import Path

from runtime.service import Service, run
from services.reporting import api
from services.reporting.exporter import Gauges
from services.reporting.following import follow
from services.reporting.freshness import Freshness
from services.reporting.publishing import publishing
from services.reporting.settings import Settings
from services.reporting.watching import watching


def reporting() -> Service:
    """The service of one copy: its doors and its tasks share what they know of the log."""
    freshness = Freshness()
    return Service(
        name="reporting",
        settings=Settings,
        migrations=Path(__file__).parent / "migrations",
        routes=api.routes(freshness),
        tasks=(follow, publishing(Gauges()), watching(freshness)),
    )


if __name__ == "__main__":
    run(reporting())
