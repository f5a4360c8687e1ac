"""Quarantine stores what it may of an invalid record, once, on a real PostgreSQL."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import pytest

from runtime.storage import quarantine
from runtime.storage.pool import Pool, open_pool
from runtime.storage.quarantine import PayloadCipher
from schemas.validation.problems import Problem
from tests.conftest import MakeSettings
from tests.integration.outbox_kit import Settings

CIPHER = PayloadCipher("nLMhkXq3cJ0m0zq5p8t3v1w6y9A2B4C6D8E0F2G4H6I")
UNREADABLE = Problem("E1012", "$.data.on", "This is no date.", "Write it as 2023-03-02.")
JMBG = "0101990710008"


@dataclass(frozen=True)
class Record:
    """A Kafka record."""

    value: bytes | None
    topic: str = "training-events"
    partition: int = 3
    offset: int = 42


@pytest.fixture
async def pool(service_settings: MakeSettings) -> AsyncIterator[Pool]:
    """A service's database with a quarantine."""
    pool = await open_pool(service_settings("training", Settings))
    await pool.execute(quarantine.DDL)
    yield pool
    await pool.close()


def kept_of(row: Mapping[str, object]) -> tuple[object, ...]:
    """Return the code, and what is stored of the message itself."""
    return row["code"], row["encrypted_value"], row["source"], row["event_id"]


async def kept(pool: Pool, record: Record, problem: Problem = UNREADABLE) -> dict[str, object]:
    """Quarantine the record and return the one row."""
    async with pool.acquire() as connection:
        await quarantine.insert(connection, record, problem, CIPHER)
        [row] = await connection.fetch("SELECT * FROM quarantine")
    return dict(row)


def event(**attributes: str) -> bytes:
    """Return an event with these attributes."""
    return json.dumps({"source": "/partners/nes", "id": "e-1"} | attributes).encode()


async def test_an_invalid_record_is_stored_encrypted_with_coordinates_reason_and_names(
    pool: Pool,
) -> None:
    record = Record(event(subject="x"))
    row = await kept(pool, record)

    assert (row["topic"], row["partition"], row["kafka_offset"]) == ("training-events", 3, 42)
    assert (row["code"], row["path"]) == ("E1012", "$.data.on")
    assert row["length"] == len(record.value or b"")
    assert row["reason"] == "This is no date. Write it as 2023-03-02."
    assert (row["source"], row["event_id"]) == ("/partners/nes", "e-1")
    assert isinstance(row["encrypted_value"], bytes)
    assert CIPHER.decrypt(row["encrypted_value"], record) == record.value


async def test_of_a_record_with_personal_data_neither_bytes_nor_names_are_stored(
    pool: Pool,
) -> None:
    problem = Problem("E1201", "$.data.note", "There is a JMBG here.", "Leave it out.")
    row = await kept(pool, Record(event()), problem)

    assert kept_of(row) == ("E1201", None, None, None)


@pytest.mark.parametrize(
    "value", [event(id=JMBG), event(note=f"JMBG {JMBG}"), f"no JSON, {JMBG}".encode()]
)
async def test_personal_data_is_found_although_the_record_was_refused_for_another_reason(
    pool: Pool, value: bytes
) -> None:
    row = await kept(pool, Record(value))

    assert kept_of(row) == ("E1201", None, None, None)
    assert JMBG not in str(row)


@pytest.mark.parametrize("value", [None, b"", b"\xff\xfe", b"[1, 2]", b"{" * 100_000])
async def test_bytes_that_are_no_event_are_stored_without_names(
    pool: Pool, value: bytes | None
) -> None:
    row = await kept(pool, Record(value))

    assert (row["length"], row["source"], row["event_id"]) == (len(value or b""), None, None)
    assert isinstance(row["encrypted_value"], bytes)


async def test_the_same_record_is_stored_once(pool: Pool) -> None:
    async with pool.acquire() as connection:
        first = await quarantine.insert(connection, Record(b"{"), UNREADABLE, CIPHER)
        second = await quarantine.insert(connection, Record(b"{"), UNREADABLE, CIPHER)

    assert (first, second) == (True, False)
