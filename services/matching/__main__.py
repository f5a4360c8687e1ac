"""Matching: jobseekers, vacancies, proposals, placements, and which jobs are to be checked."""

from pathlib import Path

from runtime.service import Service, run
from services.matching import api
from services.matching.listens import FIRST_READ, HEARS
from services.matching.settings import Settings
from services.matching.store import Book

MATCHING = Service(
    name="matching",
    settings=Settings,
    migrations=Path(__file__).parent / "migrations",
    routes=api.router,
    hears=HEARS,
    first_reads=(FIRST_READ,),
    store=Book,
)

if __name__ == "__main__":
    run(MATCHING)
