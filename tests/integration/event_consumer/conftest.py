"""A database with the event consumer's tables, one for each test; the topic is the real one."""

from collections.abc import AsyncIterator

import pytest

from lmc.devstack.provisioning import provision_kafka
from runtime.process.settings import ServiceSettings
from runtime.storage.pool import Pool, open_pool
from tests.conftest import MakeSettings
from tests.integration.event_consumer.builders import TABLES, begin_at_the_end


@pytest.fixture
def settings(service_settings: MakeSettings) -> ServiceSettings:
    """The settings of a service with an event consumer."""
    return service_settings("matching", ServiceSettings)


@pytest.fixture
async def pool(settings: ServiceSettings) -> AsyncIterator[Pool]:
    """A pool over its database, with positions after all earlier events."""
    await provision_kafka(settings.kafka)
    created = await open_pool(settings)
    await created.execute(TABLES)
    await begin_at_the_end(created, settings.kafka)
    yield created
    created.terminate()
