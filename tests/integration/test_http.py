"""The app around a service's routes: keys and their audit, limits, health, metrics."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request

from lmc.devstack.ports import free_ports
from runtime.context import Context
from runtime.process.clock import utc_now
from runtime.process.ids import RandomIds
from runtime.process.metrics import Metrics
from runtime.storage.pool import open_pool
from runtime.web import auth, problems
from runtime.web.app import build_app
from schemas.declared_codes import shipped
from tests.conftest import MakeSettings
from tests.integration.outbox_kit import Settings

KEY = "operators-key-of-this-test"
LIMIT = 1_000


@pytest.fixture
async def context(service_settings: MakeSettings, tmp_path: Path) -> AsyncIterator[Context]:
    """The context of a service with an operator's key and no steward's token."""
    path = tmp_path / "operator"
    path.write_text(KEY)
    settings = service_settings("training", Settings, operator_key_file=path)
    pool = await open_pool(settings)
    await pool.execute(auth.DDL)
    yield Context(settings, pool, utc_now, RandomIds(), Metrics(), shipped())
    await pool.close()


@pytest.fixture
async def client(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the app, without a network."""
    async with client_of(build_app("training", context, routes(), LIMIT)) as client:
        yield client


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of this app."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


def routes() -> APIRouter:
    """A service's routes: a public one, and two with keys."""
    router = APIRouter()

    @router.post("/courses/{course}", dependencies=[auth.OPERATOR])
    async def write(course: str) -> str:
        return course

    @router.get("/exact", dependencies=[auth.STEWARD])
    async def exact() -> str:
        return "exact"

    @router.post("/bytes")
    async def size(request: Request) -> int:
        return len(await request.body())

    return router


def bearer(token: str) -> dict[str, str]:
    """Return the header with a key."""
    return {"Authorization": f"Bearer {token}"}


async def audited(context: Context) -> list[tuple[str, ...]]:
    """Return the rows of the audit, in order."""
    rows = await context.pool.fetch("SELECT key, method, route, outcome FROM audit ORDER BY id")
    return [tuple(row) for row in rows]


async def test_a_request_with_the_key_is_granted_and_audited(
    client: httpx.AsyncClient, context: Context
) -> None:
    response = await client.post("/courses/abc", headers=bearer(KEY))

    assert (response.status_code, response.json()) == (200, "abc")
    assert await audited(context) == [
        ("operator_key", "POST", "/courses/{course}", "granted"),
    ]


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [
        ({}, "missing"),
        ({"Authorization": "Basic b3BlcmF0b3I6"}, "missing"),
        (bearer("another"), "wrong"),
        (bearer(KEY + "x"), "wrong"),
        (bearer("kљuч"), "wrong"),
    ],
)
async def test_a_request_without_the_key_is_refused_and_audited(
    client: httpx.AsyncClient, context: Context, headers: dict[str, str], outcome: str
) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    response = await client.post("/courses/abc", headers=raw)

    assert (response.status_code, response.json()["code"]) == (401, "E1401")
    assert response.headers["www-authenticate"] == "Bearer"
    assert [row[3] for row in await audited(context)] == [outcome]


async def test_an_endpoint_without_a_key_file_is_disabled(
    client: httpx.AsyncClient, context: Context
) -> None:
    response = await client.get("/exact", headers=bearer(KEY))

    assert (response.status_code, response.json()["code"]) == (403, "E1403")
    assert "steward_token_file" in response.json()["remedy"]
    assert [row[3] for row in await audited(context)] == ["disabled"]


async def test_a_flood_of_wrong_keys_does_not_fill_the_audit(
    client: httpx.AsyncClient, context: Context
) -> None:
    for _ in range(auth.REFUSALS_PER_MINUTE + 20):
        await client.post("/courses/abc", headers=bearer("another"))
    await client.post("/courses/abc", headers=bearer(KEY))
    outcomes = [row[3] for row in await audited(context)]

    assert outcomes == ["wrong"] * auth.REFUSALS_PER_MINUTE + ["granted"]


async def test_a_body_up_to_the_limit_is_accepted(client: httpx.AsyncClient) -> None:
    response = await client.post("/bytes", content=b"x" * LIMIT)

    assert (response.status_code, response.json()) == (200, LIMIT)


async def in_pieces() -> AsyncIterator[bytes]:
    """A body without a Content-Length."""
    for _ in range(30):
        yield b"x" * 100


@pytest.mark.parametrize("body", [b"x" * (LIMIT + 1), in_pieces()], ids=["document", "untold"])
async def test_a_body_over_the_limit_is_refused_with_or_without_its_length(
    client: httpx.AsyncClient, body: bytes | AsyncIterator[bytes]
) -> None:
    response = await client.post("/bytes", content=body)

    assert (response.status_code, response.json()["code"]) == (413, "E1103")
    assert response.headers["content-type"] == problems.MEDIA


async def test_a_body_that_never_ends_is_refused(context: Context) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()

    app = build_app("training", context, routes(), body_s_max=0.1)
    async with client_of(app) as client:
        response = await asyncio.wait_for(client.post("/bytes", content=endless()), 10)

    assert (response.status_code, response.json()["code"]) == (408, "E1501")


async def test_a_service_whose_checks_pass_is_ready(
    client: httpx.AsyncClient, context: Context
) -> None:
    context.health.add("outbox", lambda: None)
    response = await client.get("/health/ready")

    assert response.status_code == 200
    assert response.json() == {"ready": True, "checks": {"postgres": None, "outbox": None}}


async def test_a_service_with_a_failing_check_is_live_but_not_ready(
    client: httpx.AsyncClient, context: Context
) -> None:
    context.health.add("outbox", lambda: "Kafka has acknowledged nothing for 7 s")
    ready = await client.get("/health/ready")

    assert ready.status_code == 503
    assert ready.json()["checks"]["outbox"] == "Kafka has acknowledged nothing for 7 s"
    assert (await client.get("/health/live")).status_code == 200


async def test_without_its_database_a_service_is_not_ready_and_answers_503(
    context: Context,
) -> None:
    away = context.settings.model_copy(update={"postgres_port": free_ports(1)[0]})
    with pytest.raises(OSError, match="Connect call failed"):
        await open_pool(away)
    lost = await open_pool(context.settings)
    await lost.close()
    app = build_app("training", replace(context, pool=lost), routes())
    async with client_of(app) as client:
        ready = await client.get("/health/ready")
        write = await client.post("/courses/abc", headers=bearer(KEY))

    assert (ready.status_code, write.status_code) == (503, 503)
    assert write.json()["code"] == "E1507"


async def test_answers_are_counted_by_route_and_not_by_path(client: httpx.AsyncClient) -> None:
    for course in ("a", "b"):
        await client.post(f"/courses/{course}", headers=bearer(KEY))
    await client.get("/nowhere/at/all")
    page = (await client.get("/metrics")).text

    line = 'lmc_http_requests_total{method="POST",route="/courses/{course}",status="200"} 2.0'
    assert line in page
    assert 'route="none",status="404"} 1.0' in page
    assert "/nowhere" not in page


async def test_an_error_code_is_explained_in_both_languages(client: httpx.AsyncClient) -> None:
    problem = (await client.get("/exact")).json()
    explained = (await client.get(problem["type"])).json()
    page = (await client.get("/errors/E1003")).json()
    unknown = await client.get("/errors/E9999")

    assert page["title"] == {"sr": "Непозната општина", "en": "Unknown municipality"}
    assert set(page) == {"code", "title", "meaning", "remedy", "example"}
    assert "GET /lists/municipalities" in page["remedy"]["sr"]
    assert explained["title"] == {"sr": "Приступ није омогућен", "en": "Access not enabled"}
    assert unknown.status_code == 404


async def test_the_reference_shows_the_routes_and_which_need_a_key(
    client: httpx.AsyncClient,
) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]

    assert (await client.get("/docs")).status_code == 200
    assert paths["/courses/{course}"]["post"]["security"]
    assert "security" not in paths["/bytes"]["post"]
