"""Idempotent requests: one repeated under its `Idempotency-Key` gets the first response again."""

import hashlib
from dataclasses import dataclass

from runtime.storage.pool import Connection
from schemas.validation.problems import refusal

DDL = """
-- Keys are stored as digests: a client may put into one what must not be stored.
CREATE TABLE idempotency_key (
    key_digest bytea PRIMARY KEY,
    request_digest bytea NOT NULL,
    response text,
    claimed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""

_CLAIM = """
INSERT INTO idempotency_key (key_digest, request_digest) VALUES ($1, $2)
ON CONFLICT (key_digest) DO NOTHING
RETURNING true
"""
_CLAIMED = "SELECT request_digest, response FROM idempotency_key WHERE key_digest = $1"
_STORE = "UPDATE idempotency_key SET response = $2 WHERE key_digest = $1"
_ERASE = "UPDATE idempotency_key SET response = '' WHERE position($1 IN response) > 0"

ERASED_RESPONSE = ""
"""The response to a request whose subject was erased; its key stays claimed."""


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A request with the client's own key; without a key nothing is stored."""

    key: str | None
    content: bytes
    """All that the response depends on."""


async def claim_or_replay(connection: Connection, request: IdempotentRequest) -> str | None:
    """Return the first response to this request; claim the key and return None if it is new.

    Waits while another transaction answers a request with this key. Raises Refusal E1301 if the
    key was used for another request.
    """
    if request.key is None:
        return None
    key_digest, request_digest = _sha256(request.key.encode()), _sha256(request.content)
    if await connection.fetchval(_CLAIM, key_digest, request_digest):
        return None
    row = await connection.fetchrow(_CLAIMED, key_digest)
    if row is None or row["request_digest"] != request_digest:
        raise refusal(
            "E1301",
            "$header.Idempotency-Key",
            "This key was used for another request.",
            "Use a new key for each request, and the same one only to repeat it.",
        )
    response: str = row["response"]
    return response


async def store_response(connection: Connection, request: IdempotentRequest, response: str) -> None:
    """Store the response, in the transaction that carries out the request."""
    if request.key is not None:
        await connection.execute(_STORE, _sha256(request.key.encode()), response)


async def erase_responses(connection: Connection, code: str) -> None:
    """Erase all responses that contain a code, so that no repeated request returns one again."""
    await connection.execute(_ERASE, code)


def _sha256(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()
