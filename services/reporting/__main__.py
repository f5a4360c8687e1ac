"""Reporting: every fact becomes entries, and every number is a count of them."""

from pathlib import Path
from secrets import randbelow

from runtime.service import Service, run
from services.reporting.api.routes import routes
from services.reporting.board import routes as board
from services.reporting.board.notifier import BoardNotifier, notifier_task
from services.reporting.completeness.loading import check_reporters
from services.reporting.projection.consumer_task import projection_task
from services.reporting.projection.definition_gate import DefinitionGate
from services.reporting.projection.erasure_replay import ERASURES
from services.reporting.projection.freshness import ProgressTracker
from services.reporting.publication.indicator_gauges import IndicatorGauges
from services.reporting.publication.projection_gauges import freshness_task
from services.reporting.publication.task import publication_task
from services.reporting.reconciliation.task import reconciliation_task
from services.reporting.releases.published_versions import CLOSING_REPLAY
from services.reporting.releases.revision_task import revision_task
from services.reporting.settings import ReportingSettings


def reporting() -> Service:
    """Assemble one replica: its routes and tasks share the progress tracker and the gate."""
    freshness, notifier, gate = ProgressTracker(), BoardNotifier(), DefinitionGate()
    router = routes(freshness, gate)
    router.include_router(board.routes(freshness, notifier, gate))
    return Service(
        name="reporting",
        settings=ReportingSettings,
        migrations=Path(__file__).parent / "migrations",
        routes=router,
        validate_settings=check_reporters,
        startup_replays=(ERASURES, CLOSING_REPLAY),
        tasks=(
            projection_task(gate),
            publication_task(IndicatorGauges(), freshness, gate),
            freshness_task(freshness),
            notifier_task(notifier),
            revision_task(gate),
            reconciliation_task(freshness, gate, randbelow),
        ),
    )


if __name__ == "__main__":
    run(reporting())
