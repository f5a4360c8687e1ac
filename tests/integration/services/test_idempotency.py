"""Requests that make a code need a key of their own, and repeated under it they are one event."""

import asyncio
from http import HTTPStatus

import pytest

from services.registration import api as registration_api
from tests.integration.services.builders import NIS
from tests.integration.services.conftest import Open, Opened
from tests.integration.services.test_fact_routes import INDEPENDENT_ENDPOINTS, NEED, NEEDS, example


async def test_a_new_returnee_gets_a_new_random_code(registration: Opened) -> None:
    body = example(registration_api.FACT_ROUTES["/returnees"])
    codes = {
        (
            await registration.client.post(
                "/returnees", json=body, headers={"Idempotency-Key": f"form-{number}"}
            )
        ).json()["subject"]
        for number in range(3)
    }

    assert len(codes) == 3
    assert all(code.startswith("p-") and len(code) == 28 for code in codes)


@pytest.mark.parametrize(
    ("service", "path"),
    [("registration", "/returnees"), ("registration", "/persons"), ("matching", "/vacancies")],
)
async def test_a_request_that_makes_a_code_needs_an_idempotency_key(
    open_service: Open, service: str, path: str
) -> None:
    [(wanted, kind)] = [
        (each, kind) for each, p, kind in INDEPENDENT_ENDPOINTS if (each.name, p) == (service, path)
    ]
    opened = await open_service(wanted)

    answer = await opened.client.post(path, json=example(kind))

    assert (answer.status_code, answer.json()["code"]) == (400, "E1514")
    assert answer.json()["path"] == "$header.Idempotency-Key"
    assert list(await opened.outbox()) == []


async def test_a_request_repeated_under_its_key_is_one_event(registration: Opened) -> None:
    body = example(registration_api.FACT_ROUTES["/returnees"])
    key = {"Idempotency-Key": "form-17"}
    answers = await asyncio.gather(
        *(registration.client.post("/returnees", json=body, headers=key) for _ in range(5))
    )

    assert {answer.status_code for answer in answers} == {HTTPStatus.CREATED}
    assert len({answer.text for answer in answers}) == 1
    assert len(await registration.outbox()) == 1


async def test_a_key_is_not_used_for_another_request(registration: Opened) -> None:
    key = {"Idempotency-Key": "form-17"}
    await registration.client.post(NEEDS, json=NEED, headers=key)
    other = await registration.client.post(NEEDS, json=NEED | {"municipality": NIS}, headers=key)

    assert (other.status_code, other.json()["code"]) == (HTTPStatus.CONFLICT, "E1301")
    assert len(await registration.outbox()) == 1


async def test_a_refused_request_does_not_use_up_its_key(registration: Opened) -> None:
    key = {"Idempotency-Key": "form-17"}
    bad = await registration.client.post(NEEDS, json=NEED | {"needs": ["money"]}, headers=key)
    good = await registration.client.post(NEEDS, json=NEED, headers=key)

    assert (bad.status_code, good.status_code) == (422, 201)
