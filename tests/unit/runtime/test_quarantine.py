"""What is under seal opens with the same key at the same place, and with nothing else."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from runtime.errors import UsageError
from runtime.quarantine import Seal

SECRET = "nLMhkXq3cJ0m0zq5p8t3v1w6y9A2B4C6D8E0F2G4H6I"


@dataclass(frozen=True)
class Record:
    """A record of Kafka."""

    topic: str = "training-events"
    partition: int = 3
    offset: int = 42
    value: bytes | None = b"{"


def test_what_was_closed_opens_again() -> None:
    sealed = Seal(SECRET).close(b"bytes", Record())

    assert Seal(SECRET).open(sealed, Record()) == b"bytes"


def test_sealed_bytes_do_not_show_what_they_hold_and_never_look_the_same() -> None:
    first, second = (Seal(SECRET).close(b"bytes", Record()) for _ in range(2))

    assert b"bytes" not in first
    assert first != second


@pytest.mark.parametrize("place", [Record(offset=43), Record(partition=4), Record(topic="other")])
def test_bytes_moved_to_another_place_do_not_open(place: Record) -> None:
    sealed = Seal(SECRET).close(b"bytes", Record())

    with pytest.raises(ValueError, match="does not open"):
        Seal(SECRET).open(sealed, place)


def test_another_key_does_not_open() -> None:
    sealed = Seal(SECRET).close(b"bytes", Record())

    with pytest.raises(ValueError, match="does not open"):
        Seal(SECRET[::-1]).open(sealed, Record())


def test_a_secret_that_somebody_could_guess_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "seal"
    path.write_text("prokuplje")

    with pytest.raises(UsageError, match="32 random characters"):
        Seal.read(path)


def test_without_a_file_there_is_no_seal() -> None:
    assert Seal.read(None) is None
