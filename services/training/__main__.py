"""Training: courses, enrolment, completion and work practice, and who waits for a course."""

from pathlib import Path

from runtime.service import Service, run
from services.training import api
from services.training.handlers import EVENT_HANDLERS, STARTUP_REPLAY
from services.training.repository import TrainingRepository
from services.training.settings import TrainingSettings

TRAINING = Service(
    name="training",
    settings=TrainingSettings,
    migrations=Path(__file__).parent / "migrations",
    routes=api.router,
    handlers=EVENT_HANDLERS,
    startup_replays=(STARTUP_REPLAY,),
    repository=TrainingRepository,
)

if __name__ == "__main__":
    run(TRAINING)
