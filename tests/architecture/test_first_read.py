"""A door that shows persons is closed until the log was read for erasures; so is a new one."""

from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute

from runtime.http import require_first_read
from runtime.service import Service
from services.matching.__main__ import MATCHING
from services.registration.__main__ import REGISTRATION
from services.training.__main__ import TRAINING

SHOW_NOBODY = {"/courses", "/vacancies"}
SERVICES = (REGISTRATION, TRAINING, MATCHING)


def showing(service: Service) -> Iterator[APIRoute]:
    """The doors that answer with what the service knows."""
    for route in service.routes.routes:
        assert isinstance(route, APIRoute)
        if route.path in SHOW_NOBODY:
            continue
        if "GET" in (route.methods or ()) or "{factid}" in route.path:
            yield route


@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.name)
def test_every_door_that_shows_persons_waits_for_the_first_read(service: Service) -> None:
    open_doors = [
        route.path
        for route in showing(service)
        if require_first_read not in {each.call for each in route.dependant.dependencies}
    ]

    assert service.first_reads
    assert len(list(showing(service))) >= 4
    assert open_doors == []
