"""The app of intake on a real database, and events to send to it."""

import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from runtime.context import Context
from runtime.process.clock import utc_now
from runtime.process.ids import RandomIds
from runtime.process.metrics import Metrics
from runtime.storage.pool import open_pool
from runtime.web.app import build_app
from schemas import declared_codes
from services.intake import api
from services.intake.settings import IntakeSettings
from tests.conftest import MakeSettings
from tests.databases import Superuser

OPERATOR_KEY = "an operator's key of a test"
PERSON = "p-0123456789abcdefghjkmnpqrs"

MakeEvent = Callable[..., dict[str, object]]
Post = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def database(superuser: Superuser, migrated: str) -> str:
    """One fresh database for this test, with the services' tables."""
    return superuser.copy(migrated)


@pytest.fixture
async def intake(service_settings: MakeSettings, tmp_path: Path) -> AsyncIterator[Context]:
    """The context of an intake with an operator key; no outbox relay runs."""
    key_file = tmp_path / "operator.key"
    key_file.write_text(OPERATOR_KEY)
    settings = service_settings("intake", IntakeSettings, operator_key_file=key_file)
    pool = await open_pool(settings)
    yield Context(settings, pool, utc_now, RandomIds(), Metrics(), declared_codes.shipped())
    await pool.close()


@pytest.fixture
async def client(intake: Context) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client of intake's app, without a key."""
    app = build_app("intake", intake, api.router, api.BODY_BYTES_MAX)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://intake"
    ) as http:
        yield http


@pytest.fixture
def post(client: httpx.AsyncClient) -> Post:
    """Post one event, or a list as a batch, with the operator's key unless `token` is given."""

    async def send(
        events: object, *, token: str | None = OPERATOR_KEY, query: str = ""
    ) -> httpx.Response:
        kind = "cloudevents-batch" if isinstance(events, list) else "cloudevents"
        body = events if isinstance(events, bytes) else json.dumps(events).encode()
        headers = {"content-type": f"application/{kind}+json"}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        return await client.post(f"/events{query}", content=body, headers=headers)

    return send


@pytest.fixture
def placed() -> MakeEvent:
    """Make a valid placement; data and attributes can be changed."""
    numbers = itertools.count(1)

    def make(data: dict[str, object] | None = None, **attributes: object) -> dict[str, object]:
        fields: dict[str, object] = {
            "on": "2023-03-02",
            "municipality": "70998",
            "programmes": ["M4SD"],
            "kind": "public_works",
            "employer_kind": "public_body",
            "sector": "N",
            "occupation": "9613",
            "channel": "programme",
            "after": [],
        }
        return {
            "specversion": "1.0",
            "id": f"e-{next(numbers)}",
            "source": "/partners/nes",
            "type": "matching.placement.made.v1",
            "subject": PERSON,
            "time": "2023-03-02T09:00:00Z",
            "datacontenttype": "application/json",
            "data": fields | (data or {}),
        } | attributes

    return make
