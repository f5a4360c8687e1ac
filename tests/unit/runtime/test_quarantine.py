"""Payloads decrypt with the same key for the same coordinates, and with nothing else."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from runtime.process.errors import UsageError
from runtime.storage.quarantine import PayloadCipher

SECRET = "nLMhkXq3cJ0m0zq5p8t3v1w6y9A2B4C6D8E0F2G4H6I"


@dataclass(frozen=True)
class Record:
    """A Kafka record."""

    topic: str = "training-events"
    partition: int = 3
    offset: int = 42
    value: bytes | None = b"{"


def test_an_encrypted_payload_decrypts() -> None:
    encrypted = PayloadCipher(SECRET).encrypt(b"bytes", Record())

    assert PayloadCipher(SECRET).decrypt(encrypted, Record()) == b"bytes"


def test_encrypted_bytes_hide_the_payload_and_differ_each_time() -> None:
    first, second = (PayloadCipher(SECRET).encrypt(b"bytes", Record()) for _ in range(2))

    assert b"bytes" not in first
    assert first != second


@pytest.mark.parametrize("other", [Record(offset=43), Record(partition=4), Record(topic="other")])
def test_bytes_moved_to_other_coordinates_do_not_decrypt(other: Record) -> None:
    encrypted = PayloadCipher(SECRET).encrypt(b"bytes", Record())

    with pytest.raises(ValueError, match="cannot decrypt"):
        PayloadCipher(SECRET).decrypt(encrypted, other)


def test_another_key_does_not_decrypt() -> None:
    encrypted = PayloadCipher(SECRET).encrypt(b"bytes", Record())

    with pytest.raises(ValueError, match="cannot decrypt"):
        PayloadCipher(SECRET[::-1]).decrypt(encrypted, Record())


def test_a_short_secret_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("prokuplje")

    with pytest.raises(UsageError, match="32 random characters"):
        PayloadCipher.read(path)


def test_without_a_file_there_is_no_cipher() -> None:
    assert PayloadCipher.read(None) is None
