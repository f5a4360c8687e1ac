"""Every endpoint that shows persons waits until the log has been read for erasures."""

from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute

from runtime.service import Service
from runtime.web.dependencies import require_startup_replay
from services.matching.__main__ import MATCHING
from services.registration.__main__ import REGISTRATION
from services.training.__main__ import TRAINING

SHOW_NOBODY = {"/courses", "/vacancies"}
SERVICES = (REGISTRATION, TRAINING, MATCHING)


def showing(service: Service) -> Iterator[APIRoute]:
    """Yield the endpoints that return data of persons."""
    for route in service.routes.routes:
        assert isinstance(route, APIRoute)
        if route.path in SHOW_NOBODY:
            continue
        if "GET" in (route.methods or ()) or "{factid}" in route.path:
            yield route


@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.name)
def test_every_endpoint_that_shows_persons_waits_for_the_replay(service: Service) -> None:
    unprotected = [
        route.path
        for route in showing(service)
        if require_startup_replay not in {each.call for each in route.dependant.dependencies}
    ]

    assert service.startup_replays
    assert len(list(showing(service))) >= 4
    assert unprotected == []
