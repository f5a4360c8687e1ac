"""Registration: who is whom, what was done for the person, and which follow-ups are due."""

from pathlib import Path

from runtime.service import Service, run
from services.registration import api
from services.registration.listens import FIRST_READ, HEARS
from services.registration.settings import Settings
from services.registration.store import Book

REGISTRATION = Service(
    name="registration",
    settings=Settings,
    migrations=Path(__file__).parent / "migrations",
    routes=api.router,
    hears=HEARS,
    first_reads=(FIRST_READ,),
    store=Book,
)

if __name__ == "__main__":
    run(REGISTRATION)
