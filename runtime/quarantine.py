"""Quarantine: what a message did wrong, where it lies, and its bytes under seal."""

import json
import os
import re
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from runtime.errors import UsageError
from runtime.postgres import Connection
from runtime.settings import read_secret
from schemas import personal_data
from schemas.problem import Problem

DDL = """
CREATE TABLE quarantine (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    partition integer NOT NULL,
    kafka_offset bigint NOT NULL,
    length integer NOT NULL,
    code text NOT NULL,
    path text NOT NULL,
    reason text NOT NULL,
    sealed bytea,
    source text,
    event_id text,
    quarantined_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (topic, partition, kafka_offset)
);
"""

NONCE_BYTES = 12
KEY_BYTES = 32
SECRET_CHARACTERS_MIN = 32
"""Shorter ones may be words that somebody can guess."""
NAME = re.compile(r"[A-Za-z0-9._:/-]{1,100}")
"""What of a bad message's `source` and `id` may stand in the clear: their own alphabet."""

_KEEP = """
INSERT INTO quarantine
    (topic, partition, kafka_offset, length, code, path, reason, sealed, source, event_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (topic, partition, kafka_offset) DO NOTHING
RETURNING id
"""


class Place(Protocol):
    """A record of Kafka with its coordinates."""

    @property
    def topic(self) -> str:
        """Its topic."""

    @property
    def partition(self) -> int:
        """Its partition."""

    @property
    def offset(self) -> int:
        """Its offset."""

    @property
    def value(self) -> bytes | None:
        """Its bytes as they came."""


class Seal:
    """Closes and opens bytes with AES-256-GCM; who has the database without the key reads none."""

    def __init__(self, secret: str) -> None:
        if len(secret) < SECRET_CHARACTERS_MIN:
            raise UsageError(f"a seal's secret needs {SECRET_CHARACTERS_MIN} random characters")
        derive = HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=b"lmc quarantine")
        self._cipher = AESGCM(derive.derive(secret.encode()))

    @classmethod
    def read(cls, path: Path | None) -> "Seal | None":
        """The seal whose secret stands in a file; without a file there is no seal."""
        return cls(read_secret(path)) if path is not None else None

    def close(self, plain: bytes, place: Place) -> bytes:
        """The sealed bytes; they open only for the same coordinates."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, _label(place))

    def open(self, sealed: bytes, place: Place) -> bytes:
        """What was closed at these coordinates; ValueError for another key or another place."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _label(place))
        except InvalidTag:
            raise ValueError("the seal does not open: another key, or another record") from None


async def keep(connection: Connection, record: Place, problem: Problem, seal: Seal | None) -> bool:
    """Put a record into quarantine as part of the connection's transaction; False if it is there.

    Of a message with personal data, whatever else is wrong with it, neither bytes nor id are kept;
    without a seal no bytes are.
    """
    value = record.value or b""
    message = _decoded(value)
    told = problem if problem.is_personal_data else _personal(value, message) or problem
    source, event_id, sealed = None, None, None
    if not told.is_personal_data:
        source, event_id = _name(message, "source"), _name(message, "id")
        sealed = seal.close(value, record) if seal is not None else None
    kept = await connection.fetchval(
        _KEEP,
        *(record.topic, record.partition, record.offset, len(value)),
        *(told.code, told.path, f"{told.detail} {told.remedy}".strip()),
        *(sealed, source, event_id),
    )
    return kept is not None


def _label(place: Place) -> bytes:
    return f"{place.topic}/{place.partition}/{place.offset}".encode()


def _decoded(value: bytes) -> object:
    """The JSON value in the bytes, None if there is none."""
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _personal(value: bytes, message: object) -> Problem | None:
    if message is None:
        return personal_data.search_text(value.decode(errors="replace"))
    return personal_data.search_event(message)


def _name(message: object, attribute: str) -> str | None:
    """An attribute of the message, if it looks like one."""
    given = message.get(attribute) if isinstance(message, dict) else None
    return given if isinstance(given, str) and NAME.fullmatch(given) else None
