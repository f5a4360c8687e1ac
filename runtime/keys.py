"""Doors that need a key: a bearer token that equals the content of a file; every use is audited."""

import hmac
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Literal

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from runtime.context import Context
from runtime.settings import read_secret
from schemas.problem import refusal

DDL = """
CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    used_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    key text NOT NULL,
    method text NOT NULL,
    route text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('granted', 'missing', 'wrong', 'closed'))
);
"""

KeyField = Literal["operator_key_file", "steward_token_file", "approver_token_file"]
"""The settings that may name the file of a key."""
Outcome = Literal["granted", "missing", "wrong", "closed"]
Given = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]
"""The bearer token of a request, None if it has none."""

MINUTE_SECONDS = 60
REFUSALS_PER_MINUTE = 60
"""So many refusals a minute get an audit row; a flood of them is only counted as requests."""

_AUDIT = "INSERT INTO audit (key, method, route, outcome) VALUES ($1, $2, $3, $4)"


def require_key(field: KeyField) -> Callable[[Request, Given], Awaitable[None]]:
    """A dependency for `Depends`: lets a request pass only with the key that `field` names."""

    async def check(request: Request, given: Given) -> None:
        await use_key(request, field, given.credentials if given else None)

    return check


OPERATOR = Depends(require_key("operator_key_file"))
"""For the write doors: `dependencies=[OPERATOR]`."""
STEWARD = Depends(require_key("steward_token_file"))
"""For what only the data steward may read."""
APPROVER = Depends(require_key("approver_token_file"))
"""For what needs a second person, whose key is not the steward's."""


async def use_key(request: Request, field: KeyField, given: str | None) -> None:
    """Write the use of a key into the audit; Refusal unless `given` is the key.

    No file: the door is closed. For routes that need a key only for some of their questions.
    """
    context: Context = request.app.state.context
    outcome = _judge(context, field, given)
    if outcome == "granted" or _is_room(request.app.state.refusals):
        route = getattr(request.scope.get("route"), "path", "")
        await context.pool.execute(
            _AUDIT, field.removesuffix("_file"), request.method, route, outcome
        )
    if outcome == "closed":
        raise refusal(
            *("E1403", "$header.Authorization", "This door is closed: no key is set for it."),
            f"Its operators may open it by the setting {field}.",
        )
    if outcome != "granted":
        raise refusal(
            *("E1401", "$header.Authorization", f"The bearer token is {outcome}."),
            "Send `Authorization: Bearer <key>` with the key of this door.",
        )


async def use_one_of(request: Request, fields: Sequence[KeyField], given: str | None) -> None:
    """The same for a door that any of these keys opens; the audit names the one that was used."""
    context: Context = request.app.state.context
    fitting = [field for field in fields if _judge(context, field, given) == "granted"]
    await use_key(request, (*fitting, *fields)[0], given)


def _judge(context: Context, field: KeyField, given: str | None) -> Outcome:
    path = getattr(context.settings, field, None)  # some keys open doors of one service only
    if path is None:
        return "closed"
    if given is None:
        return "missing"
    is_same = hmac.compare_digest(given.encode(), read_secret(path).encode())
    return "granted" if is_same else "wrong"


def _is_room(refusals: "deque[float]") -> bool:
    """Whether one more refusal of this minute may be written down; if so it is counted."""
    now_s = time.monotonic()
    if len(refusals) >= REFUSALS_PER_MINUTE and now_s - refusals[0] < MINUTE_SECONDS:
        return False
    refusals.append(now_s)
    return True
