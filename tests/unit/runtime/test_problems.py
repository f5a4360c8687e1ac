"""Every error over HTTP is answered with a problem document."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from runtime.process.errors import Unavailable
from runtime.web import problems
from schemas.validation.problems import TITLES, Problem, refusal

CANARY = "0101990710008"


class Placed(BaseModel):
    """A request body like a service's own."""

    model_config = ConfigDict(extra="forbid")

    on: str
    months: int = Field(ge=0, le=600)
    after: tuple[str, ...] = ()


class Sent(BaseModel):
    """A request body with a nested model."""

    data: Placed


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """An app whose routes fail in every way."""
    app = FastAPI(responses={"default": problems.RESPONSE})
    problems.install(app)

    @app.post("/sent")
    async def sent(body: Sent) -> Sent:
        return body

    @app.get("/asked")
    async def asked(rank: int) -> int:
        return rank

    @app.get("/refused")
    async def refused() -> None:
        raise refusal("E1301", "$.id", "The id was used.", "Use another.")

    @app.get("/later")
    async def later() -> None:
        raise Unavailable("no broker at secret-host")

    @app.get("/lost")
    async def lost() -> None:
        raise ConnectionRefusedError(111, "Connection refused")

    @app.get("/error")
    async def error() -> None:
        raise KeyError(CANARY)

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


def found(response: httpx.Response) -> tuple[int, str, str]:
    """Return status, code and path of a response that is a problem document."""
    document: dict[str, JsonValue] = response.json()
    assert response.headers["content-type"] == problems.MEDIA
    assert set(document) == set(problems.ProblemDocument.__annotations__)
    assert document["status"] == response.status_code
    return response.status_code, str(document["code"]), str(document["path"])


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        ('{"data": {"months": 3}}', "E1011", "$.data.on"),
        ('{"data": {"on": "x", "months": 3, "name": "y"}}', "E1010", "$.data.name"),
        ('{"data": {"on": "x", "months": "three"}}', "E1012", "$.data.months"),
        ('{"data": {"on": "x", "months": 601}}', "E1013", "$.data.months"),
        ('{"data": {"on": "x", "months": 1, "after": [1]}}', "E1012", "$.data.after[0]"),
        ('{"data": ', "E1101", "$"),
        ("", "E1011", "$"),
    ],
)
async def test_a_body_of_the_wrong_form_is_refused_at_its_json_path(
    client: httpx.AsyncClient, body: str, code: str, path: str
) -> None:
    headers = {"content-type": "application/json"}
    response = await client.post("/sent", content=body, headers=headers)

    assert found(response) == (422, code, path)


async def test_a_refused_value_is_never_repeated(client: httpx.AsyncClient) -> None:
    response = await client.post("/sent", json={"data": {"on": "x", "months": CANARY + "x"}})

    assert response.status_code == 422
    assert CANARY not in response.text


async def test_an_invalid_parameter_is_named_with_its_path(
    client: httpx.AsyncClient,
) -> None:
    response = await client.get("/asked", params={"rank": "first"})

    assert found(response) == (422, "E1012", "$query.rank")


async def test_a_refusal_is_answered_with_the_status_of_its_code(client: httpx.AsyncClient) -> None:
    response = await client.get("/refused")

    assert found(response) == (409, "E1301", "$.id")
    assert response.json()["titles"] == {
        "sr": "Исти id са другим садржајем",
        "en": "Same id with other content",
    }
    assert response.json()["remedy"] == "Use another."


async def test_an_unknown_address_is_a_problem_too(client: httpx.AsyncClient) -> None:
    assert found(await client.get("/nowhere")) == (404, "E1502", "$")


async def test_a_wrong_method_is_a_problem_that_names_the_right_one(
    client: httpx.AsyncClient,
) -> None:
    response = await client.delete("/sent")

    assert found(response) == (405, "E1501", "$")
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("path", ["/later", "/lost"])
async def test_a_request_without_a_dependency_may_be_retried(
    client: httpx.AsyncClient, path: str
) -> None:
    response = await client.get(path)

    assert found(response) == (503, "E1507", "$")
    assert int(response.headers["retry-after"]) > 0
    assert "secret-host" not in response.text


async def test_an_internal_error_is_reported_without_its_message(client: httpx.AsyncClient) -> None:
    response = await client.get("/error")

    assert found(response) == (500, "E1901", "$")
    assert CANARY not in response.text


def test_every_code_has_a_status_of_an_error() -> None:
    for code in TITLES:
        status = problems.status_of(Problem(code, "$", "", ""))

        assert 400 <= status < 600, code


def test_the_statuses_are_those_of_known_codes() -> None:
    assert set(problems.STATUS) <= set(TITLES)


async def test_the_reference_shows_problems_instead_of_the_frameworks_own_errors(
    client: httpx.AsyncClient,
) -> None:
    reference = (await client.get("/openapi.json")).json()
    answers = reference["paths"]["/sent"]["post"]["responses"]

    assert set(answers) == {"200", "default"}
    assert problems.MEDIA in answers["default"]["content"]
