"""Personal data are refused wherever they stand, and nothing of them is found anywhere later."""

import json
from collections.abc import Iterable
from pathlib import Path

import httpx
import pytest

from lmc.postgres import LocalPostgres
from lmc.stack import SERVICE_PORTS
from tests.e2e.canaries import TWIN, TWIN_ID, Canary, canaries
from tests.e2e.town import Emitted, Town

CANARIES = tuple(canaries())
FILES = ("logs/*", "postgres/cluster/base/*/*", "postgres/cluster/pg_wal/*", "kafka/**/*.log")
DUMP = """
SELECT format('SELECT t::text FROM %I.%I AS t', schemaname, tablename) FROM pg_tables
WHERE schemaname IN ('intake', 'registration', 'training', 'matching', 'reporting', 'published')
\\gexec
"""


@pytest.fixture(scope="module")
def emitted(town: Town) -> Emitted:
    """A file of the twin that is well said, and of all lines with personal data."""
    return town.emit([TWIN, *(canary.line for canary in CANARIES)], "--wait")


def test_every_line_with_personal_data_is_refused_for_it(emitted: Emitted) -> None:
    by_lmc = {"E1101", "E1102"}
    told = list(zip(CANARIES, emitted.codes[1:], strict=True))

    assert emitted.statuses == ["accepted", *["refused"] * len(CANARIES)]
    assert [(canary, code) for canary, code in told if canary.is_sent and canary.code != code] == []
    assert {code for canary, code in told if not canary.is_sent} == by_lmc


def test_no_receipt_and_no_message_repeats_it(emitted: Emitted) -> None:
    told = json.dumps(emitted.receipts, ensure_ascii=False) + emitted.errors

    assert TWIN_ID in told
    assert repeated(told.encode()) == set()


@pytest.mark.usefixtures("emitted")
def test_no_file_of_kafka_of_postgresql_and_no_log_holds_it(town: Town) -> None:
    held = {file: content(file) for pattern in FILES for file in town.data.glob(pattern)}
    rooms = {file.relative_to(town.data).parts[0] for file in holding(held, TWIN_ID)}

    assert rooms == {"kafka", "postgres"}
    assert {file: found for file, each in held.items() if (found := repeated(each))} == {}


@pytest.mark.usefixtures("emitted")
def test_no_table_holds_it(town: Town) -> None:
    ports = town.up.stack.ports
    dump = LocalPostgres(town.up.stack.folder.postgres, ports.postgres).run_sql(
        DUMP, database="lmc"
    )

    assert TWIN_ID in dump
    assert TWIN_ID.encode().hex() in dump
    assert repeated(dump.encode()) == set()


@pytest.mark.usefixtures("emitted")
@pytest.mark.parametrize("service", SERVICE_PORTS)
def test_no_metric_holds_it(town: Town, service: str) -> None:
    url = next(url for name, url in town.up.stack.addresses().items() if name == service)
    metrics = httpx.get(f"{url}/metrics", trust_env=False).raise_for_status()

    assert repeated(metrics.content) == set()


def content(file: Path) -> bytes:
    """What a file holds; PostgreSQL and Kafka may just have removed it."""
    try:
        return file.read_bytes() if file.is_file() else b""
    except FileNotFoundError:
        return b""


def holding(held: dict[Path, bytes], text: str) -> Iterable[Path]:
    """The files that hold a text."""
    return [file for file, each in held.items() if text.encode() in each]


def repeated(where: bytes) -> set[Canary]:
    """The personal data that stand in some bytes, plainly or as PostgreSQL prints bytes."""
    return {
        canary
        for canary in CANARIES
        if canary.text.encode() in where or canary.text.encode().hex().encode() in where
    }
