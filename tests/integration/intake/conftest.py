"""Intake's app on a real database, and the events that stand at its door."""

import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from runtime.clock import utc_now
from runtime.context import Context
from runtime.http import build_app
from runtime.ids import RandomIds
from runtime.metrics import Metrics
from runtime.migrate import migrate
from runtime.postgres import open_pool
from schemas import declarations
from services.intake import api
from services.intake.__main__ import INTAKE
from services.intake.settings import Settings
from tests.conftest import MakeSettings

OPERATOR_KEY = "an operator's key of a test"
PERSON = "p-0123456789abcdefghjkmnpqrs"

MakeEvent = Callable[..., dict[str, object]]
Post = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def intake(service_settings: MakeSettings, tmp_path: Path) -> AsyncIterator[Context]:
    """The plumbing of an intake whose door is open to the operator; nothing relays."""
    key_file = tmp_path / "operator.key"
    key_file.write_text(OPERATOR_KEY)
    settings = service_settings("intake", Settings, operator_key_file=key_file)
    await migrate(settings, INTAKE.migrations, "intake")
    pool = await open_pool(settings)
    yield Context(settings, pool, utc_now, RandomIds(), Metrics(), declarations.shipped())
    await pool.close()


@pytest.fixture
async def door(intake: Context) -> AsyncIterator[httpx.AsyncClient]:
    """A client of intake's app, without a key."""
    app = build_app("intake", intake, api.router, api.BODY_BYTES_MAX)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://intake"
    ) as client:
        yield client


@pytest.fixture
def post(door: httpx.AsyncClient) -> Post:
    """Posts one event, or a list as a batch; with the operator's key unless `token` is named."""

    async def send(
        events: object, *, token: str | None = OPERATOR_KEY, query: str = ""
    ) -> httpx.Response:
        kind = "cloudevents-batch" if isinstance(events, list) else "cloudevents"
        body = events if isinstance(events, bytes) else json.dumps(events).encode()
        headers = {"content-type": f"application/{kind}+json"}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        return await door.post(f"/events{query}", content=body, headers=headers)

    return send


@pytest.fixture
def placed() -> MakeEvent:
    """Makes a placement that is well said; data and attributes can be named."""
    numbers = itertools.count(1)

    def make(data: dict[str, object] | None = None, **attributes: object) -> dict[str, object]:
        stated: dict[str, object] = {
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
            "data": stated | (data or {}),
        } | attributes

    return make
