"""The fact routes of the three services: keys, events, repetition, correction, retraction."""

import asyncio
import json
from http import HTTPStatus
from pathlib import Path

import pytest

from runtime.service import Service
from schemas.events.event import Event
from schemas.events.matching import EmploymentConfirmed, MatchDeclined, PlacementEnded
from services.matching import api as matching_api
from services.matching.__main__ import MATCHING
from services.registration import api as registration_api
from services.registration.__main__ import REGISTRATION
from services.training import api as training_api
from services.training.__main__ import TRAINING
from tests.integration.services.builders import PERSON, PROKUPLJE, VACANCY
from tests.integration.services.conftest import Open, Opened

EXAMPLES = Path(__file__).parents[3] / "schemas" / "examples"
ENDPOINTS = [
    (service, path, kind)
    for service, endpoints in (
        (REGISTRATION, registration_api.FACT_ROUTES),
        (TRAINING, training_api.FACT_ROUTES),
        (MATCHING, matching_api.FACT_ROUTES),
    )
    for path, kind in endpoints.items()
]
NEED_EARLIER_FACTS = (MatchDeclined, PlacementEnded, EmploymentConfirmed)
"""They depend on an earlier fact; their own tests record it first."""
INDEPENDENT_ENDPOINTS = [
    endpoint for endpoint in ENDPOINTS if endpoint[2] not in NEED_EARLIER_FACTS
]


def example(kind: type[Event]) -> dict[str, object]:
    data: dict[str, object] = json.loads((EXAMPLES / f"{kind.TYPE}.json").read_text())["data"]
    return data


def address(path: str, kind: type[Event]) -> str:
    return path.format(subject=VACANCY if kind.SUBJECT == "v" else PERSON)


NEED = {"on": "2023-06-01", "municipality": PROKUPLJE, "needs": ["training"]}
NEEDS = f"/persons/{PERSON}/needs"

REQUEST = {"Idempotency-Key": "form-1"}


def named(endpoint: tuple[Service, str, type[Event]]) -> str:
    return endpoint[2].__name__


@pytest.mark.parametrize("endpoint", INDEPENDENT_ENDPOINTS, ids=named)
async def test_an_endpoint_publishes_the_event_of_its_type(
    endpoint: tuple[Service, str, type[Event]], open_service: Open
) -> None:
    service, path, kind = endpoint
    opened = await open_service(service)
    answer = await opened.client.post(address(path, kind), json=example(kind), headers=REQUEST)
    reported = answer.json()
    (published,) = await opened.outbox()

    assert answer.status_code == HTTPStatus.CREATED, reported
    assert reported["type"] == published.type == kind.TYPE
    assert (reported["id"], reported["factid"]) == (published.id, published.id)
    assert (reported["source"], published.source) == (f"/services/{service.name}",) * 2
    assert (reported["subject"], reported["revision"]) == (published.subject, 1)
    assert published.data == kind.model_validate(example(kind))
    assert published.recordedtime is not None


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
async def test_without_the_key_every_request_is_refused_and_nothing_is_stored(
    endpoint: tuple[Service, str, type[Event]], open_service: Open
) -> None:
    service, path, kind = endpoint
    opened = await open_service(service)
    answer = await opened.client.post(
        address(path, kind), json=example(kind), headers={"authorization": "Bearer guessed"}
    )

    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert answer.json()["code"] == "E1401"
    assert await opened.outbox() == []


@pytest.mark.parametrize(
    ("service", "path"),
    [
        (REGISTRATION, "/followups"),
        (REGISTRATION, f"/persons/{PERSON}"),
        (TRAINING, "/waiting"),
        (MATCHING, "/jobseekers"),
        (MATCHING, "/proposals"),
        (MATCHING, "/checks"),
        (MATCHING, "/facts/pl-1"),
    ],
    ids=lambda each: getattr(each, "name", each),
)
async def test_lists_of_persons_are_for_the_operator_only(
    service: Service, path: str, open_service: Open
) -> None:
    opened = await open_service(service)
    answer = await opened.client.get(path, headers={"authorization": ""})

    assert answer.status_code == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        (NEED | {"municipality": "70999"}, "E1003", "$.municipality"),
        (NEED | {"on": "1999-12-31"}, "E1002", "$.on"),
        (NEED | {"on": "2023-09-16"}, "E1002", "$.on"),
        (NEED | {"needs": ["money"]}, "E1001", "$.needs[0]"),
        (NEED | {"needs": None}, "E1015", "$.needs"),
        (NEED | {"programmes": ["UNDECLARED"]}, "E1006", "$.programmes[0]"),
        (NEED | {"note": "x"}, "E1010", "$.note"),
        (NEED | {"note": "0101990710008"}, "E1201", "$.note"),
        ([NEED], "E1112", "$"),
        ('{"on": "2023-06-01"', "E1101", "$"),
        ('{}, "source": "/partners/nes"', "E1101", "$"),
        (b"\xff\xfe{\x00}\x00", "E1101", "$"),
    ],
)
async def test_bad_input_is_refused_with_code_and_path_and_nothing_is_stored(
    body: object, code: str, path: str, registration: Opened
) -> None:
    content = body if isinstance(body, str | bytes) else json.dumps(body)
    answer = await registration.client.post(NEEDS, content=content)
    problem = answer.json()
    kept = await registration.context.pool.fetchval("SELECT count(*) FROM fact")

    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["code"], problem["path"]) == (422, code, path)
    assert problem["remedy"]
    assert (kept, await registration.outbox()) == (0, [])


async def test_the_last_allowed_day_is_92_days_ahead(registration: Opened) -> None:
    answer = await registration.client.post(NEEDS, json=NEED | {"on": "2023-09-15"})

    assert answer.status_code == HTTPStatus.CREATED


async def test_a_code_of_another_kind_is_refused(registration: Opened) -> None:
    answer = await registration.client.post(f"/persons/{VACANCY}/needs", json=NEED)

    assert (answer.status_code, answer.json()["code"]) == (422, "E1114")


async def test_a_returnee_known_by_a_code_keeps_it(registration: Opened) -> None:
    body = example(registration_api.FACT_ROUTES["/returnees"])
    answer = await registration.client.post(f"/returnees?subject={PERSON}", json=body)

    assert answer.json()["subject"] == PERSON


async def test_a_correction_publishes_the_next_revision_of_the_fact(
    registration: Opened,
) -> None:
    first = (await registration.client.post(NEEDS, json=NEED)).json()
    answer = await registration.client.put(
        f"/facts/{first['factid']}", json=NEED | {"needs": ["housing"]}
    )
    before, after = await registration.outbox()

    assert answer.status_code == HTTPStatus.OK
    assert answer.json()["revision"] == 2
    assert after.identity == before.identity
    assert after.id != before.id
    assert (after.revision, getattr(after.data, "needs", None)) == (2, ("housing",))


async def test_a_correction_that_changes_nothing_publishes_nothing(registration: Opened) -> None:
    first = (await registration.client.post(NEEDS, json=NEED)).json()
    answer = await registration.client.put(f"/facts/{first['factid']}", json=NEED)

    assert answer.json() == first
    assert len(await registration.outbox()) == 1


async def test_a_repeated_retraction_publishes_one_event(registration: Opened) -> None:
    first = (await registration.client.post(NEEDS, json=NEED)).json()
    once = await registration.client.delete(f"/facts/{first['factid']}?reason=wrong_person")
    twice = await registration.client.delete(f"/facts/{first['factid']}")
    stated, retracted_fact = await registration.outbox()

    assert once.status_code == HTTPStatus.OK
    assert once.json() == twice.json()
    assert retracted_fact.identity == stated.identity
    assert (retracted_fact.revision, retracted_fact.is_retraction) == (2, True)
    assert getattr(retracted_fact.data, "reason", None) == "wrong_person"


async def test_a_retracted_fact_can_be_stated_again(registration: Opened) -> None:
    first = (await registration.client.post(NEEDS, json=NEED)).json()
    await registration.client.delete(f"/facts/{first['factid']}")
    again = await registration.client.put(f"/facts/{first['factid']}", json=NEED)

    assert (again.status_code, again.json()["revision"]) == (200, 3)
    assert again.json()["type"] == first["type"]


async def test_concurrent_corrections_get_successive_revisions(
    registration: Opened,
) -> None:
    first = (await registration.client.post(NEEDS, json=NEED)).json()
    answers = await asyncio.gather(
        *(
            registration.client.put(f"/facts/{first['factid']}", json=NEED | {"needs": [need]})
            for need in ("housing", "health", "grant")
        )
    )

    assert sorted(answer.json()["revision"] for answer in answers) == [2, 3, 4]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_a_fact_that_the_service_never_published_is_not_found(
    method: str, registration: Opened
) -> None:
    answer = await registration.client.request(method, "/facts/pl-1", json=NEED)

    assert (answer.status_code, answer.json()["code"]) == (404, "E1502")


async def test_the_newest_state_of_a_fact_is_shown_as_published(registration: Opened) -> None:
    first = (await registration.client.post(NEEDS, json=NEED)).json()
    shown = (await registration.client.get(f"/facts/{first['factid']}")).json()

    assert shown["data"] == NEED | {"programmes": []}
    assert shown["id"] == first["id"]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
async def test_an_endpoint_is_described_with_the_fields_of_its_event(
    endpoint: tuple[Service, str, type[Event]], open_service: Open
) -> None:
    service, path, kind = endpoint
    opened = await open_service(service)
    described = (await opened.client.get("/openapi.json")).json()["paths"][path]["post"]
    body = described["requestBody"]["content"]["application/json"]["schema"]

    assert described["operationId"] == kind.__name__
    assert set(body["properties"]) == set(kind.model_fields)
