"""Authenticate callers: the operator by its key, a partner by a token that it signed."""

from fastapi import Request
from fastapi.security.utils import get_authorization_scheme_param

from runtime.web.auth import authorize
from runtime.web.dependencies import get_context
from schemas.validation.problems import Refusal, refusal
from services.intake.repository import IntakeRepository
from services.intake.tokens import BadTokenError, unverified_claims, verify_token
from services.intake.validation import Caller

_DOTS_OF_A_JWT = 2


async def authenticate(request: Request) -> Caller:
    """Return the caller; raises Refusal (401, 403) if it is neither a partner nor the operator.

    A bearer token in the form of a JWT is a partner's; any other must be the operator's key.
    """
    scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
    if scheme.lower() == "bearer" and token.count(".") == _DOTS_OF_A_JWT:
        return await _partner(request, token)
    await authorize(request, "operator_key_file", token if scheme.lower() == "bearer" else None)
    return Caller()


async def _partner(request: Request, token: str) -> Caller:
    context = get_context(request)
    try:
        partner_id, kid = unverified_claims(token)
        async with context.pool.acquire() as connection:
            partner = await IntakeRepository(connection).partner(partner_id)
        key = None if partner is None else partner.keys.get(kid)
        verify_token(token, key, context.clock())
    except BadTokenError as error:
        raise _not_authenticated(str(error)) from None
    return Caller(partner)


def _not_authenticated(reason: str) -> Refusal:
    return refusal(
        "E1401",
        "$header.Authorization",
        f"The partner's token was not accepted: {reason}.",
        "Send `Authorization: Bearer <JWT>`, signed with your Ed25519 key (EdDSA), with kid, iss,"
        " aud, iat and exp.",
    )
