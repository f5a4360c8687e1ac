"""A database with the follower's tables, for each test its own."""

from collections.abc import AsyncIterator

import pytest

from runtime import quarantine
from runtime.follow import DDL
from runtime.postgres import Pool, open_pool
from runtime.settings import ServiceSettings
from tests.conftest import MakeSettings
from tests.integration.follow.story import SEEN


@pytest.fixture
def settings(service_settings: MakeSettings) -> ServiceSettings:
    """The settings of a service that follows."""
    return service_settings("reporting", ServiceSettings)


@pytest.fixture
async def pool(settings: ServiceSettings) -> AsyncIterator[Pool]:
    """Its database, with empty tables."""
    made = await open_pool(settings)
    await made.execute(DDL + quarantine.DDL + SEEN)
    yield made
    made.terminate()
