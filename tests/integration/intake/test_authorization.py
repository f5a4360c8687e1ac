"""The operator with its key and partners with token and grant may send events; nobody else."""

import base64
import time

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from runtime.context import Context
from services.intake.tokens import AUDIENCE
from tests.integration.intake.conftest import OPERATOR_KEY, MakeEvent, Post

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PARTNER = {
    "title": "National Employment Service",
    "keys": {"k1": base64.b64encode(KEY.public_key().public_bytes_raw()).decode()},
    "grants": [{"type": "matching.placement.made", "municipality": "70998"}],
}
OPERATOR = {"authorization": f"Bearer {OPERATOR_KEY}"}


def token(partner: str = "nes") -> str:
    now = time.time()
    claims = {"iss": partner, "aud": AUDIENCE, "iat": now, "exp": now + 60}
    return jwt.encode(claims, KEY, algorithm="EdDSA", headers={"kid": "k1"})


async def declare(client: httpx.AsyncClient, **changed: object) -> httpx.Response:
    return await client.put("/partners/nes", json=PARTNER | changed, headers=OPERATOR)


async def test_a_partner_sends_what_it_was_granted_and_reads_its_receipt(
    client: httpx.AsyncClient, post: Post, placed: MakeEvent
) -> None:
    await declare(client)

    answer = await post(placed(id="e-1"), token=token())
    receipt = await client.get("/receipts/e-1", headers={"authorization": f"Bearer {token()}"})

    assert answer.status_code == 202
    assert receipt.json()["source"] == "/partners/nes"


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"source": "/partners/other"}, "$.source"),
        ({"source": "/services/matching"}, "$.source"),
        ({"type": "matching.placement.ended.v1"}, "$.type"),
    ],
)
async def test_a_partner_may_send_nothing_else(
    client: httpx.AsyncClient,
    post: Post,
    placed: MakeEvent,
    changed: dict[str, object],
    path: str,
) -> None:
    await declare(client)

    answer = await post(placed(**changed), token=token())

    assert answer.status_code == 403
    assert (answer.json()["code"], answer.json()["path"]) == ("E1402", path)


async def test_a_partner_may_not_send_for_another_council(
    client: httpx.AsyncClient, post: Post, placed: MakeEvent
) -> None:
    await declare(client)

    answer = await post(placed({"municipality": "79022"}), token=token())

    assert answer.status_code == 403


@pytest.mark.parametrize("bearer", [None, "wrong", token("unknown"), "a.b.c"])
async def test_an_unknown_caller_is_refused_and_nothing_is_kept(
    intake: Context, post: Post, placed: MakeEvent, bearer: str | None
) -> None:
    answer = await post(placed(), token=bearer)

    assert answer.status_code == 401
    assert answer.json()["code"] == "E1401"
    assert await intake.pool.fetchval("SELECT count(*) FROM receipt") == 0


async def test_only_the_operator_declares_partners(client: httpx.AsyncClient) -> None:
    answer = await client.put("/partners/nes", json=PARTNER)

    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"keys": {"k1": "AAAA"}}, "$.keys.k1"),
        ({"grants": [{"type": "matching.placement.maid"}]}, "$.grants[0].type"),
        (
            {"grants": [{"type": "matching.placement.made", "municipality": "70999"}]},
            "$.grants[0].municipality",
        ),
    ],
)
async def test_an_invalid_declaration_of_a_partner_is_refused_with_the_path(
    client: httpx.AsyncClient, changed: dict[str, object], path: str
) -> None:
    answer = await declare(client, **changed)

    assert answer.status_code == 422
    assert answer.json()["path"] == path
