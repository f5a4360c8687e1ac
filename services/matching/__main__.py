"""Matching: jobseekers, vacancies, proposals, placements, and which jobs are to be checked."""

from pathlib import Path

from runtime.service import Service, run
from services.matching import api
from services.matching.handlers import EVENT_HANDLERS, STARTUP_REPLAY
from services.matching.repository import MatchingRepository
from services.matching.settings import MatchingSettings

MATCHING = Service(
    name="matching",
    settings=MatchingSettings,
    migrations=Path(__file__).parent / "migrations",
    routes=api.router,
    handlers=EVENT_HANDLERS,
    startup_replays=(STARTUP_REPLAY,),
    repository=MatchingRepository,
)

if __name__ == "__main__":
    run(MATCHING)
