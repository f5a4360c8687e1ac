"""A database with the batch consumer's tables, one for each test."""

from collections.abc import AsyncIterator

import pytest

from runtime.messaging.positions import DDL
from runtime.process.settings import ServiceSettings
from runtime.storage import quarantine
from runtime.storage.pool import Pool, open_pool
from tests.conftest import MakeSettings
from tests.integration.batch_consumer.builders import SEEN


@pytest.fixture
def settings(service_settings: MakeSettings) -> ServiceSettings:
    """The settings of a service with a batch consumer."""
    return service_settings("reporting", ServiceSettings)


@pytest.fixture
async def pool(settings: ServiceSettings) -> AsyncIterator[Pool]:
    """A pool over its database, with empty tables."""
    created = await open_pool(settings)
    await created.execute(DDL + quarantine.DDL + SEEN)
    yield created
    created.terminate()
