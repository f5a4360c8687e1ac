"""A partner is authenticated by a token that it signed, and may send what it was granted."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.intake.model import DeclaredPartner, Grant
from services.intake.tokens import AUDIENCE, BadTokenError, unverified_claims, verify_token

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


def test_a_token_that_the_partner_signed_is_valid() -> None:
    verify_token(token(), PUBLIC, NOW)

    assert unverified_claims(token()) == ("nes", "k1")


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (token(key=Ed25519PrivateKey.from_private_bytes(bytes(32))), "Signature"),
        (token(aud="another-audience"), "udience"),
        (token(exp=NOW.timestamp()), "expired"),
        (token(exp=None), "exp"),
        (token(iat=None), "iat"),
        (token(iat=(NOW + timedelta(minutes=2)).timestamp()), "future"),
        (token(exp=(NOW + timedelta(hours=1)).timestamp()), "at the most"),
        (jwt.encode({"iss": "nes"}, "", algorithm="none", headers={"kid": "k1"}), "alg"),
    ],
)
def test_an_invalid_token_is_refused_with_the_reason(bad: str, reason: str) -> None:
    with pytest.raises(BadTokenError, match=reason):
        verify_token(bad, PUBLIC, NOW)


def test_a_token_of_an_unknown_partner_is_refused() -> None:
    with pytest.raises(BadTokenError, match="no such"):
        verify_token(token(), None, NOW)


@pytest.mark.parametrize("nonsense", ["", "a.b.c", "ключ"])
def test_a_text_that_is_no_token_is_refused(nonsense: str) -> None:
    with pytest.raises(BadTokenError):
        unverified_claims(nonsense)


def partner(*grants: Grant) -> DeclaredPartner:
    return DeclaredPartner("nes", "NES", {"k1": PUBLIC}, frozenset(grants))


def test_a_grant_permits_one_type_in_one_council() -> None:
    nes = partner(Grant(PLACED, "70998"))

    assert nes.may_send(PLACED, "70998")
    assert not nes.may_send(PLACED, "79022")
    assert not nes.may_send("matching.placement.ended", "70998")


def test_a_grant_for_a_city_covers_its_city_municipalities_and_aliases() -> None:
    assert partner(Grant(PLACED, "89010")).may_send(PLACED, "80519")


def test_a_type_without_municipality_needs_a_grant_of_the_type_anywhere() -> None:
    assert partner(Grant(PLACED, "70998")).may_send(PLACED, None)
    assert not partner().may_send(PLACED, None)


def test_the_star_permits_every_council() -> None:
    assert partner(Grant(PLACED, "*")).may_send(PLACED, "79022")
