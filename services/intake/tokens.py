"""The tokens of partners: short-lived JSON Web Tokens that a partner signs itself (Ed25519)."""

from datetime import datetime

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

AUDIENCE = "lmc-intake"

_TOKEN_LIFE_S_MAX = 600
"""Ten minutes between `iat` and `exp`, so that a stolen token is useless soon."""

_CLOCK_SKEW_S_MAX = 30
"""By how many seconds a partner's clock may be ahead of ours."""


class BadTokenError(Exception):
    """The bearer token is no valid token of a known partner; the text says why."""


def unverified_claims(token: str) -> tuple[str, str]:
    """Return the (partner id, key id) that a token claims, before its signature is verified.

    Raises BadTokenError if the text is no token.
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


def verify_token(token: str, public_key: bytes | None, now: datetime) -> None:
    """Verify signature, audience and lifetime of a token; None is the key of an unknown partner.

    Raises BadTokenError with the reason. The lifetime is compared with `now`, not with the
    machine's clock.
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
    _check_lifetime(claims["iat"], claims["exp"], now.timestamp())


def _check_lifetime(issued_at: object, expires_at: object, now: float) -> None:
    if not isinstance(issued_at, int | float) or not isinstance(expires_at, int | float):
        raise BadTokenError("`iat` and `exp` must be numbers of seconds")
    if issued_at > now + _CLOCK_SKEW_S_MAX:
        raise BadTokenError("the token was issued in the future: check the clock of your machine")
    if expires_at <= now:
        raise BadTokenError("the token has expired: sign a new one")
    if expires_at - issued_at > _TOKEN_LIFE_S_MAX:
        raise BadTokenError(f"the token may live {_TOKEN_LIFE_S_MAX} seconds at the most")
