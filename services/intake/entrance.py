"""Who stands at the door: the operator with the key, or a partner with a token it signed."""

from fastapi import Request
from fastapi.security.utils import get_authorization_scheme_param

from runtime.http import context, use_key
from schemas.problem import Refusal, refusal
from services.intake.check import Caller
from services.intake.partners import BadTokenError, claimed, prove
from services.intake.store import Desk

DOTS_OF_A_JWT = 2


async def caller(request: Request) -> Caller:
    """Return who calls; raises Refusal (401, 403) for anybody we do not know.

    A bearer token in the form of a JWT is a partner's; anything else must be the operator's key.
    """
    scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
    if scheme.lower() == "bearer" and token.count(".") == DOTS_OF_A_JWT:
        return await _partner(request, token)
    await use_key(request, "operator_key_file", token if scheme.lower() == "bearer" else None)
    return Caller()


async def _partner(request: Request, token: str) -> Caller:
    plumbing = context(request)
    try:
        partner_id, kid = claimed(token)
        async with plumbing.pool.acquire() as connection:
            partner = await Desk(connection).partner(partner_id)
        prove(token, None if partner is None else partner.keys.get(kid), plumbing.clock())
    except BadTokenError as error:
        raise _not_known(str(error)) from None
    return Caller(partner)


def _not_known(reason: str) -> Refusal:
    return refusal(
        "E1401",
        "$header.Authorization",
        f"The partner's token was not accepted: {reason}.",
        "Send `Authorization: Bearer <JWT>`, signed with your Ed25519 key (EdDSA), with kid, iss,"
        " aud, iat and exp.",
    )
