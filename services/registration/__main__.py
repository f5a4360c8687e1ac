"""Registration: who is whom, what was done for the person, and which follow-ups are due."""

from pathlib import Path

from runtime.service import Service, run
from services.registration import api
from services.registration.handlers import EVENT_HANDLERS, STARTUP_REPLAY
from services.registration.repository import RegistrationRepository
from services.registration.settings import RegistrationSettings

REGISTRATION = Service(
    name="registration",
    settings=RegistrationSettings,
    migrations=Path(__file__).parent / "migrations",
    routes=api.router,
    handlers=EVENT_HANDLERS,
    startup_replays=(STARTUP_REPLAY,),
    repository=RegistrationRepository,
)

if __name__ == "__main__":
    run(REGISTRATION)
