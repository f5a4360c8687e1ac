"""Quarantine: invalid records with their problem, their coordinates and their encrypted bytes."""

import json
import os
import re
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from runtime.process.errors import UsageError
from runtime.process.settings import read_secret
from runtime.storage.pool import Connection
from schemas.validation import personal_data
from schemas.validation.problems import Problem

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
    encrypted_value bytea,
    source text,
    event_id text,
    quarantined_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (topic, partition, kafka_offset)
);
"""

_NONCE_BYTES = 12
_KEY_BYTES = 32
_SECRET_CHARACTERS_MIN = 32
"""A shorter secret may be a word that can be guessed."""
_NAME = re.compile(r"[A-Za-z0-9._:/-]{1,100}")
"""The alphabet of `source` and `id`: only values in it are stored in the clear."""

_INSERT = """
INSERT INTO quarantine
    (topic, partition, kafka_offset, length, code, path, reason, encrypted_value, source, event_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (topic, partition, kafka_offset) DO NOTHING
RETURNING id
"""


class RawRecord(Protocol):
    """A Kafka record with its coordinates."""

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
        """Its bytes, unchanged."""


class PayloadCipher:
    """Encrypts payloads with AES-256-GCM: the database alone, without the key, reveals none."""

    def __init__(self, secret: str) -> None:
        if len(secret) < _SECRET_CHARACTERS_MIN:
            raise UsageError(
                f"the quarantine key needs at least {_SECRET_CHARACTERS_MIN} random characters"
            )
        derive = HKDF(hashes.SHA256(), _KEY_BYTES, salt=None, info=b"lmc quarantine")
        self._cipher = AESGCM(derive.derive(secret.encode()))

    @classmethod
    def read(cls, path: Path | None) -> "PayloadCipher | None":
        """Return the cipher whose secret is in a file; None without a file."""
        return cls(read_secret(path)) if path is not None else None

    def encrypt(self, plain: bytes, record: RawRecord) -> bytes:
        """Return nonce and ciphertext, which decrypt only for the same coordinates."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, _coordinates(record))

    def decrypt(self, encrypted: bytes, record: RawRecord) -> bytes:
        """Return the plain bytes; ValueError for another key or other coordinates."""
        try:
            return self._cipher.decrypt(
                encrypted[:_NONCE_BYTES], encrypted[_NONCE_BYTES:], _coordinates(record)
            )
        except InvalidTag:
            raise ValueError("cannot decrypt: another key, or another record") from None


async def insert(
    connection: Connection, record: RawRecord, problem: Problem, cipher: PayloadCipher | None
) -> bool:
    """Quarantine a record within the connection's transaction; False if it is there already.

    Of a message with personal data, whatever else is wrong with it, neither bytes nor id are
    stored; without a cipher no bytes are.
    """
    value = record.value or b""
    message = _decoded(value)
    reported = problem if problem.is_personal_data else _personal(value, message) or problem
    source, event_id, encrypted = None, None, None
    if not reported.is_personal_data:
        source, event_id = _name(message, "source"), _name(message, "id")
        encrypted = cipher.encrypt(value, record) if cipher is not None else None
    inserted = await connection.fetchval(
        _INSERT,
        *(record.topic, record.partition, record.offset, len(value)),
        *(reported.code, reported.path, f"{reported.detail} {reported.remedy}".strip()),
        *(encrypted, source, event_id),
    )
    return inserted is not None


def _coordinates(record: RawRecord) -> bytes:
    return f"{record.topic}/{record.partition}/{record.offset}".encode()


def _decoded(value: bytes) -> object:
    """Return the JSON value in the bytes, None if there is none."""
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _personal(value: bytes, message: object) -> Problem | None:
    if message is None:
        return personal_data.search_text(value.decode(errors="replace"))
    return personal_data.search_event(message)


def _name(message: object, attribute: str) -> str | None:
    """Return an attribute of the message if it has the alphabet of a name."""
    value = message.get(attribute) if isinstance(message, dict) else None
    return value if isinstance(value, str) and _NAME.fullmatch(value) else None
