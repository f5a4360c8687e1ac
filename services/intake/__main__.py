"""The partners' door: what arrives is checked, receipted and passed on to the domain topics."""

from pathlib import Path

from runtime.service import Service, run
from services.intake import api, lane
from services.intake.settings import Settings

INTAKE = Service(
    name="intake",
    settings=Settings,
    migrations=Path(__file__).parent / "migrations",
    routes=api.router,
    tasks=(lane.follow_partners,),
    body_bytes_max=api.BODY_BYTES_MAX,
)

if __name__ == "__main__":
    run(INTAKE)
