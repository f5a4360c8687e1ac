"""A partner is known by a short-lived token that it signed, and says what it was granted."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.intake.partners import (
    AUDIENCE,
    BadTokenError,
    Grant,
    Partner,
    claimed,
    prove,
)

NOW = datetime(2023, 3, 2, 12, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
PLACED = "matching.placement.made"


def token(*, key: Ed25519PrivateKey = KEY, **changed: object) -> str:
    claims: dict[str, object] = {
        "iss": "nes",
        "aud": AUDIENCE,
        "iat": NOW.timestamp(),
        "exp": (NOW + timedelta(minutes=5)).timestamp(),
    } | changed
    present = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(present, key, algorithm="EdDSA", headers={"kid": "k1"})


def test_a_token_that_the_partner_signed_proves_the_partner() -> None:
    prove(token(), PUBLIC, NOW)

    assert claimed(token()) == ("nes", "k1")


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (token(key=Ed25519PrivateKey.from_private_bytes(bytes(32))), "Signature"),
        (token(aud="another-door"), "udience"),
        (token(exp=NOW.timestamp()), "expired"),
        (token(exp=None), "exp"),
        (token(iat=None), "iat"),
        (token(iat=(NOW + timedelta(minutes=2)).timestamp()), "future"),
        (token(exp=(NOW + timedelta(hours=1)).timestamp()), "at the most"),
        (jwt.encode({"iss": "nes"}, "", algorithm="none", headers={"kid": "k1"}), "alg"),
    ],
)
def test_a_token_with_a_fault_proves_nothing_and_the_fault_is_named(bad: str, reason: str) -> None:
    with pytest.raises(BadTokenError, match=reason):
        prove(bad, PUBLIC, NOW)


def test_without_a_key_nothing_is_proved() -> None:
    with pytest.raises(BadTokenError, match="no such"):
        prove(token(), None, NOW)


@pytest.mark.parametrize("nonsense", ["", "a.b.c", "ключ"])
def test_what_is_no_token_claims_nothing(nonsense: str) -> None:
    with pytest.raises(BadTokenError):
        claimed(nonsense)


def partner(*grants: Grant) -> Partner:
    return Partner("nes", "NES", {"k1": PUBLIC}, frozenset(grants))


def test_a_grant_opens_one_type_in_one_council() -> None:
    nes = partner(Grant(PLACED, "70998"))

    assert nes.may_say(PLACED, "70998")
    assert not nes.may_say(PLACED, "79022")
    assert not nes.may_say("matching.placement.ended", "70998")


def test_a_grant_for_a_city_covers_its_city_municipalities_and_aliases() -> None:
    assert partner(Grant(PLACED, "89010")).may_say(PLACED, "80519")


def test_a_type_without_place_needs_a_grant_of_the_type_anywhere() -> None:
    assert partner(Grant(PLACED, "70998")).may_say(PLACED, None)
    assert not partner().may_say(PLACED, None)


def test_the_star_opens_every_council() -> None:
    assert partner(Grant(PLACED, "*")).may_say(PLACED, "79022")
