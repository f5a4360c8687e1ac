"""No endpoint of any service fails on U+0000 or half of a surrogate pair."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from fastapi import FastAPI

from runtime.context import Context
from runtime.process.clock import utc_now
from runtime.process.ids import RandomIds
from runtime.process.metrics import Metrics
from runtime.process.settings import ServiceSettings
from runtime.storage.pool import open_pool
from runtime.web.app import build_app
from schemas import declared_codes
from services.intake import api as intake_api
from services.matching import api as matching_api
from services.registration import api as registration_api
from services.training import api as training_api
from tests.conftest import MakeSettings
from tests.databases import Superuser

KEY = "a key of these tests alone"
APIS = {
    "intake": intake_api,
    "registration": registration_api,
    "training": training_api,
    "matching": matching_api,
}
BODIES = ('{"title": "A\\u0000B"}', '{"a\\u0000": 1}', '{"title": "\\ud800"}', '["\\udfff"]')
REFUSED = {401, 403, 404, 405, 415, 422}
EVENTS = "application/cloudevents-batch+json"


@pytest.fixture
def database(superuser: Superuser, migrated: str) -> str:
    """One fresh database for this test, with the services' tables."""
    return superuser.copy(migrated)


@pytest.fixture(params=sorted(APIS))
async def app(
    request: pytest.FixtureRequest, service_settings: MakeSettings, tmp_path: Path
) -> AsyncIterator[FastAPI]:
    """The app of one service."""
    module: ModuleType = APIS[request.param]
    key_file = tmp_path / "operator.key"
    key_file.write_text(KEY)
    settings = service_settings(request.param, ServiceSettings, operator_key_file=key_file)
    pool = await open_pool(settings)
    context = Context(settings, pool, utc_now, RandomIds(), Metrics(), declared_codes.shipped())
    yield build_app(request.param, context, module.router)
    await pool.close()


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the operator's key."""
    headers = {"Authorization": f"Bearer {KEY}"}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://service", headers=headers
    ) as http:
        yield http


def operations(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every method and path of the app, each parameter of the path replaced by U+0000."""
    for path, methods in app.openapi()["paths"].items():
        for method in methods:
            yield method.upper(), path


async def test_no_path_or_query_with_u0000_fails(app: FastAPI, client: httpx.AsyncClient) -> None:
    answered = {}
    for method, path in operations(app):
        filled = "/".join("%00" if part.startswith("{") else part for part in path.split("/"))
        for address in (filled, f"{filled}?source=%00&id=%00"):
            if "%00" in address:
                answer = await client.request(method, address, json={})
                answered[method, address] = (answer.status_code, answer.json()["code"])

    assert set(answered.values()) == {(422, "E1104")}


async def test_no_body_with_such_a_character_fails(app: FastAPI, client: httpx.AsyncClient) -> None:
    answered = set()
    for method, path in operations(app):
        if method in {"POST", "PUT", "PATCH"}:
            for body in BODIES:
                filled = path.replace("{", "").replace("}", "")
                headers = {"Content-Type": "application/json", "Idempotency-Key": "k-1"}
                answer = await client.request(method, filled, content=body, headers=headers)
                answered.add(answer.status_code)

    assert answered <= REFUSED
    assert 422 in answered


@pytest.mark.parametrize("app", ["intake"], indirect=True)
async def test_an_event_with_such_a_character_refuses_only_itself(
    client: httpx.AsyncClient,
) -> None:
    events = [{"id": "e-1", "note": "\0"}, {"id": "e-2", "note": "\ud800"}, {"id": "e-3"}]

    answer = await client.post(
        "/events", content=json.dumps(events), headers={"Content-Type": EVENTS}
    )

    codes = [result["code"] for result in answer.json()["results"]]
    assert codes == ["E1104", "E1104", "E1111"]
