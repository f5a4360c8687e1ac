"""Who a partner is: its keys, what it may say, and the token it signs for itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from schemas.territory import council_of, is_listed

AUDIENCE = "lmc-intake"
"""The `aud` a partner's token must name."""

TOKEN_LIFE_S_MAX = 600
"""A token lives ten minutes at the most: a lost one is soon worth nothing."""

CLOCK_SKEW_S_MAX = 30
"""How far a partner's clock may run ahead of ours."""

EVERYWHERE = "*"
"""A grant's municipality that stands for every council."""


class BadTokenError(Exception):
    """The bearer token is no valid token of a known partner; the text says why."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One event type (without its version) that may be said for one council, or everywhere."""

    fact_type: str
    municipality: str


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner system: its public Ed25519 keys by key id, and its grants."""

    id: str
    title: str
    keys: Mapping[str, bytes]
    grants: frozenset[Grant]

    @property
    def source(self) -> str:
        """Return the only source this partner may speak as."""
        return f"/partners/{self.id}"

    def may_say(self, fact_type: str, municipality: str | None) -> bool:
        """Tell whether a grant covers the type there.

        Without a place any grant of the type will do; so it will for a code that is on no list,
        which the door refuses with a better reason.
        """
        places = {grant.municipality for grant in self.grants if grant.fact_type == fact_type}
        if municipality is None or not is_listed(municipality):
            return bool(places)
        return EVERYWHERE in places or council_of(municipality) in places


def claimed(token: str) -> tuple[str, str]:
    """Return the (partner id, key id) that a token claims, unproved.

    Raises BadTokenError for what is no token at all.
    """
    try:
        header = jwt.get_unverified_header(token)
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError as error:
        raise BadTokenError("the bearer token is no JWT") from error
    issuer, kid = claims.get("iss"), header.get("kid")
    if not isinstance(issuer, str) or not isinstance(kid, str):
        raise BadTokenError("the token must name its partner in `iss` and its key in `kid`")
    return issuer, kid


def prove(token: str, public_key: bytes | None, now: datetime) -> None:
    """Check signature, audience and life of a token; without a key there is nothing to prove.

    Raises BadTokenError with the reason. The clock is the caller's, so times are compared here.
    """
    if public_key is None:
        raise BadTokenError("no such partner, or no such key of that partner")
    try:
        claims = jwt.decode(
            token,
            key=Ed25519PublicKey.from_public_bytes(public_key),
            algorithms=["EdDSA"],
            audience=AUDIENCE,
            options={
                "require": ["iss", "aud", "iat", "exp"],
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except jwt.InvalidTokenError as error:
        raise BadTokenError(f"the token is not valid: {error}") from error
    _check_life(claims["iat"], claims["exp"], now.timestamp())


def _check_life(issued_at: object, expires_at: object, now: float) -> None:
    if not isinstance(issued_at, int | float) or not isinstance(expires_at, int | float):
        raise BadTokenError("`iat` and `exp` must be numbers of seconds")
    if issued_at > now + CLOCK_SKEW_S_MAX:
        raise BadTokenError("the token was issued in the future: check the clock of your machine")
    if expires_at <= now:
        raise BadTokenError("the token has expired: sign a new one")
    if expires_at - issued_at > TOKEN_LIFE_S_MAX:
        raise BadTokenError(f"the token may live {TOKEN_LIFE_S_MAX} seconds at the most")
