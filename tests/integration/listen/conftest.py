"""A database with the listener's tables, for each test its own; the topic is the real one."""

from collections.abc import AsyncIterator

import pytest

from lmc.provision import provision_kafka
from runtime.postgres import Pool, open_pool
from runtime.settings import ServiceSettings
from tests.conftest import MakeSettings
from tests.integration.listen.story import TABLES, begin_at_the_end


@pytest.fixture
def settings(service_settings: MakeSettings) -> ServiceSettings:
    """The settings of a service that listens."""
    return service_settings("matching", ServiceSettings)


@pytest.fixture
async def pool(settings: ServiceSettings) -> AsyncIterator[Pool]:
    """Its database, in which everything is heard that was said before the test."""
    await provision_kafka(settings.kafka)
    made = await open_pool(settings)
    await made.execute(TABLES)
    await begin_at_the_end(made, settings.kafka)
    yield made
    made.terminate()
