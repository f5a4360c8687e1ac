"""Training: courses, enrolment, completion and work practice, and who waits for a course."""

from pathlib import Path

from runtime.service import Service, run
from services.training import api
from services.training.listens import FIRST_READ, HEARS
from services.training.settings import Settings
from services.training.store import Book

TRAINING = Service(
    name="training",
    settings=Settings,
    migrations=Path(__file__).parent / "migrations",
    routes=api.router,
    hears=HEARS,
    first_reads=(FIRST_READ,),
    store=Book,
)

if __name__ == "__main__":
    run(TRAINING)
