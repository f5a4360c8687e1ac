"""Tests that personal data are refused wherever they are, and stored nowhere."""

import json
from collections.abc import Iterable
from pathlib import Path

import httpx
import pytest

from lmc.devstack.local_postgres import LocalPostgres
from lmc.devstack.stack import SERVICE_PORTS
from tests.e2e.canaries import CLEAN_EVENT, CLEAN_ID, Canary, canaries
from tests.e2e.live_stack import Emitted, LiveStack

CANARIES = tuple(canaries())
FILES = ("logs/*", "postgres/cluster/base/*/*", "postgres/cluster/pg_wal/*", "kafka/**/*.log")
DUMP = """
SELECT format('SELECT t::text FROM %I.%I AS t', schemaname, tablename) FROM pg_tables
WHERE schemaname IN ('intake', 'registration', 'training', 'matching', 'reporting', 'published')
\\gexec
"""


@pytest.fixture(scope="module")
def emitted(live: LiveStack) -> Emitted:
    """A file with the clean event and all lines with personal data."""
    return live.emit([CLEAN_EVENT, *(canary.line for canary in CANARIES)], "--wait")


def test_every_line_with_personal_data_is_refused(emitted: Emitted) -> None:
    by_lmc = {"E1101", "E1102"}
    pairs = list(zip(CANARIES, emitted.codes[1:], strict=True))

    assert emitted.statuses == ["accepted", *["refused"] * len(CANARIES)]
    assert [
        (canary, code) for canary, code in pairs if canary.is_sent and canary.code != code
    ] == []
    assert {code for canary, code in pairs if not canary.is_sent} == by_lmc


def test_no_result_and_no_message_repeats_personal_data(emitted: Emitted) -> None:
    output = json.dumps(emitted.results, ensure_ascii=False) + emitted.errors

    assert CLEAN_ID in output
    assert repeated(output.encode()) == set()


@pytest.mark.usefixtures("emitted")
def test_no_file_of_kafka_or_postgresql_and_no_log_has_personal_data(live: LiveStack) -> None:
    held = {file: content(file) for pattern in FILES for file in live.data.glob(pattern)}
    folders = {file.relative_to(live.data).parts[0] for file in holding(held, CLEAN_ID)}

    assert folders == {"kafka", "postgres"}
    assert {file: found for file, each in held.items() if (found := repeated(each))} == {}


@pytest.mark.usefixtures("emitted")
def test_no_table_has_personal_data(live: LiveStack) -> None:
    ports = live.up.stack.ports
    dump = LocalPostgres(live.up.stack.data_dir.postgres, ports.postgres).run_sql(
        DUMP, database="lmc"
    )

    assert CLEAN_ID in dump
    assert CLEAN_ID.encode().hex() in dump
    assert repeated(dump.encode()) == set()


@pytest.mark.usefixtures("emitted")
@pytest.mark.parametrize("service", SERVICE_PORTS)
def test_no_metric_has_personal_data(live: LiveStack, service: str) -> None:
    url = next(url for name, url in live.up.stack.addresses().items() if name == service)
    metrics = httpx.get(f"{url}/metrics", trust_env=False).raise_for_status()

    assert repeated(metrics.content) == set()


def content(file: Path) -> bytes:
    """Return a file's content; PostgreSQL and Kafka may just have removed it."""
    try:
        return file.read_bytes() if file.is_file() else b""
    except FileNotFoundError:
        return b""


def holding(held: dict[Path, bytes], text: str) -> Iterable[Path]:
    """Return the files that contain a text."""
    return [file for file, each in held.items() if text.encode() in each]


def repeated(where: bytes) -> set[Canary]:
    """Return the personal data in some bytes, as text or as PostgreSQL prints bytes."""
    return {
        canary
        for canary in CANARIES
        if canary.text.encode() in where or canary.text.encode().hex().encode() in where
    }
