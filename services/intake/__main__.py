"""The intake service: validates the events of partners and publishes them on the domain topics."""

from pathlib import Path

from runtime.service import Service, run
from services.intake import api, partner_consumer
from services.intake.settings import IntakeSettings

INTAKE = Service(
    name="intake",
    settings=IntakeSettings,
    migrations=Path(__file__).parent / "migrations",
    routes=api.router,
    tasks=(partner_consumer.consume_partner_topics,),
    body_bytes_max=api.BODY_BYTES_MAX,
)

if __name__ == "__main__":
    run(INTAKE)
