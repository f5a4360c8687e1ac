"""Who may say what: the operator with the key, partners with token and grants, nobody else."""

import base64
import time

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from runtime.context import Context
from services.intake.partners import AUDIENCE
from tests.integration.intake.conftest import OPERATOR_KEY, MakeEvent, Post

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
FORM = {
    "title": "National Employment Service",
    "keys": {"k1": base64.b64encode(KEY.public_key().public_bytes_raw()).decode()},
    "grants": [{"type": "matching.placement.made", "municipality": "70998"}],
}
OPERATOR = {"authorization": f"Bearer {OPERATOR_KEY}"}


def token(partner: str = "nes") -> str:
    now = time.time()
    claims = {"iss": partner, "aud": AUDIENCE, "iat": now, "exp": now + 60}
    return jwt.encode(claims, KEY, algorithm="EdDSA", headers={"kid": "k1"})


async def declare(door: httpx.AsyncClient, **changed: object) -> httpx.Response:
    return await door.put("/partners/nes", json=FORM | changed, headers=OPERATOR)


async def test_a_partner_says_what_it_was_granted_and_reads_its_receipt(
    door: httpx.AsyncClient, post: Post, placed: MakeEvent
) -> None:
    await declare(door)

    answer = await post(placed(id="e-1"), token=token())
    receipt = await door.get("/receipts/e-1", headers={"authorization": f"Bearer {token()}"})

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
async def test_a_partner_may_say_nothing_else(
    door: httpx.AsyncClient,
    post: Post,
    placed: MakeEvent,
    changed: dict[str, object],
    path: str,
) -> None:
    await declare(door)

    answer = await post(placed(**changed), token=token())

    assert answer.status_code == 403
    assert (answer.json()["code"], answer.json()["path"]) == ("E1402", path)


async def test_a_partner_may_not_speak_for_another_council(
    door: httpx.AsyncClient, post: Post, placed: MakeEvent
) -> None:
    await declare(door)

    answer = await post(placed({"municipality": "79022"}), token=token())

    assert answer.status_code == 403


@pytest.mark.parametrize("bearer", [None, "wrong", token("unknown"), "a.b.c"])
async def test_whoever_is_not_known_is_turned_away_and_nothing_is_kept(
    intake: Context, post: Post, placed: MakeEvent, bearer: str | None
) -> None:
    answer = await post(placed(), token=bearer)

    assert answer.status_code == 401
    assert answer.json()["code"] == "E1401"
    assert await intake.pool.fetchval("SELECT count(*) FROM receipt") == 0


async def test_only_the_operator_declares_partners(door: httpx.AsyncClient) -> None:
    answer = await door.put("/partners/nes", json=FORM)

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
async def test_a_partner_form_with_a_fault_is_refused_with_its_place(
    door: httpx.AsyncClient, changed: dict[str, object], path: str
) -> None:
    answer = await declare(door, **changed)

    assert answer.status_code == 422
    assert answer.json()["path"] == path
