"""A request told twice under one `Idempotency-Key` is answered as the first time, and done once."""

import hashlib
from dataclasses import dataclass

from runtime.postgres import Connection
from schemas.problem import refusal

DDL = """
-- Keys are kept as digests: a client may put into one what must not lie here.
CREATE TABLE answer (
    key bytea PRIMARY KEY,
    request bytea NOT NULL,
    body text,
    answered_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""

_CLAIM = """
INSERT INTO answer (key, request) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING RETURNING true
"""
_FIRST = "SELECT request, body FROM answer WHERE key = $1"
_FORGET = "UPDATE answer SET body = '' WHERE position($1 IN body) > 0"
_KEEP = "UPDATE answer SET body = $2 WHERE key = $1"


FORGOTTEN = ""
"""The first answer to a request whose words are destroyed; its key stays taken."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client asks under a key of its own; without a key nothing is remembered."""

    key: str | None
    request: bytes
    """All that the answer depends on."""


async def first(connection: Connection, asked: Asked) -> str | None:
    """The first answer to this request; None if it is new, and then its key is taken.

    Waits for another request with this key that is being answered. Raises Refusal if the key was
    used for another request.
    """
    if asked.key is None:
        return None
    if await connection.fetchval(_CLAIM, _digest(asked.key.encode()), _digest(asked.request)):
        return None
    row = await connection.fetchrow(_FIRST, _digest(asked.key.encode()))
    if row is None or row["request"] != _digest(asked.request):
        raise refusal(
            "E1301",
            "$header.Idempotency-Key",
            "This key was used for another request.",
            "Use a new key for each request, and the same one only to repeat it.",
        )
    body: str = row["body"]
    return body


async def keep(connection: Connection, asked: Asked, body: str) -> None:
    """Remember the answer, as part of the transaction that does what was asked."""
    if asked.key is not None:
        await connection.execute(_KEEP, _digest(asked.key.encode()), body)


async def forget(connection: Connection, word: str) -> None:
    """Destroy all answers that hold a word, so that no request repeated brings one back."""
    await connection.execute(_FORGET, word)


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()
