"""Endpoints that need a key: a bearer token equal to a file's content; every use is audited."""

import hmac
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Literal

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from runtime.context import Context
from runtime.process.settings import read_secret
from schemas.validation.problems import refusal

DDL = """
CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    used_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    key text NOT NULL,
    method text NOT NULL,
    route text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('granted', 'missing', 'wrong', 'disabled'))
);
"""

KeyField = Literal["operator_key_file", "steward_token_file", "approver_token_file"]
"""The settings that may name the file of a key."""
_Outcome = Literal["granted", "missing", "wrong", "disabled"]
BearerToken = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]
"""The bearer token of a request, None if it has none."""

_MINUTE_SECONDS = 60
REFUSALS_PER_MINUTE = 60
"""So many refusals a minute are audited; beyond it they are only counted as requests."""

_AUDIT = "INSERT INTO audit (key, method, route, outcome) VALUES ($1, $2, $3, $4)"


def _require_key(field: KeyField) -> Callable[[Request, BearerToken], Awaitable[None]]:
    """Return a dependency for `Depends` that refuses requests without the key `field` names."""

    async def check(request: Request, token: BearerToken) -> None:
        await authorize(request, field, token.credentials if token else None)

    return check


OPERATOR = Depends(_require_key("operator_key_file"))
"""For endpoints that write: `dependencies=[OPERATOR]`."""
STEWARD = Depends(_require_key("steward_token_file"))
"""For what only the data steward may read."""
_APPROVER = Depends(_require_key("approver_token_file"))
"""For what needs a second person, whose key differs from the steward's."""


async def authorize(request: Request, field: KeyField, token: str | None) -> None:
    """Audit the use of a key; Refusal unless `token` is the key.

    Without a key file the endpoint is disabled. For routes that need a key only for some requests.
    """
    context: Context = request.app.state.context
    outcome = _outcome(context, field, token)
    if outcome == "granted" or _may_audit(request.app.state.refusals):
        route = getattr(request.scope.get("route"), "path", "")
        await context.pool.execute(
            _AUDIT, field.removesuffix("_file"), request.method, route, outcome
        )
    if outcome == "disabled":
        raise refusal(
            "E1403",
            "$header.Authorization",
            "This endpoint is disabled: no key is set for it.",
            f"Its operators may enable it by the setting {field}.",
        )
    if outcome != "granted":
        raise refusal(
            "E1401",
            "$header.Authorization",
            f"The bearer token is {outcome}.",
            "Send `Authorization: Bearer <key>` with the key of this endpoint.",
        )


async def authorize_any(request: Request, fields: Sequence[KeyField], token: str | None) -> None:
    """Do the same for a route that any of these keys may use; the audit names the key used."""
    context: Context = request.app.state.context
    granted = [field for field in fields if _outcome(context, field, token) == "granted"]
    await authorize(request, (*granted, *fields)[0], token)


def _outcome(context: Context, field: KeyField, token: str | None) -> _Outcome:
    path = getattr(context.settings, field, None)  # some keys exist in one service only
    if path is None:
        return "disabled"
    if token is None:
        return "missing"
    is_same = hmac.compare_digest(token.encode(), read_secret(path).encode())
    return "granted" if is_same else "wrong"


def _may_audit(refusals: "deque[float]") -> bool:
    """Return whether one more refusal of this minute may be audited, and count it if so."""
    now_s = time.monotonic()
    if len(refusals) >= REFUSALS_PER_MINUTE and now_s - refusals[0] < _MINUTE_SECONDS:
        return False
    refusals.append(now_s)
    return True
