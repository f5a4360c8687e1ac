"""Logs are JSON lines on stderr and never contain the content of an event."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from runtime.process import log
from runtime.process.errors import DependencyMissing, Unavailable

CANARY = "0101990710008"


@pytest.fixture
def restored() -> Iterator[None]:
    """Restore logging after the test, which sets it up itself after stderr is captured."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


pytestmark = pytest.mark.usefixtures("restored")


def found(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    """Return what was written to stderr."""
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_names_service_level_logger_and_instant(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up("matching", "info")
    log.get("runtime.test").info("started", port=8103)
    [line] = found(capsys)

    assert line.pop("timestamp")
    assert line == {
        "event": "started",
        "port": 8103,
        "service": "matching",
        "level": "info",
        "logger": "runtime.test",
    }


def test_what_is_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up("matching", "info")
    log.get("runtime.test").debug("detail")

    assert found(capsys) == []


def test_a_librarys_log_has_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up("matching", "info")
    logging.getLogger("aiokafka").error("Unable to connect to node %s", 1)
    [line] = found(capsys)

    assert (line["event"], line["level"]) == ("Unable to connect to node 1", "error")


def test_an_exceptions_message_and_that_of_its_cause_stay_out_of_the_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.set_up("matching", "info")
    try:
        try:
            int(f"{CANARY}?")
        except ValueError as error:
            raise KeyError(CANARY) from error
    except KeyError:
        logging.getLogger("faust").exception("agent failed")
        log.get("runtime.test").error("failed", exc_info=True)
    written = capsys.readouterr().err

    assert CANARY not in written
    assert written.count("KeyError") == 2
    assert "ValueError" in written
    assert "test_log.py" in written


def test_our_own_errors_are_logged_with_their_reason() -> None:
    assert (
        log.describe(DependencyMissing("Kafka has no topic x"))["reason"] == "Kafka has no topic x"
    )
    assert log.describe(Unavailable("later"))["reason"] == "later"


def test_an_error_of_the_system_is_logged_with_its_reason() -> None:
    error = ConnectionRefusedError(111, "Connection refused")

    assert log.describe(error)["reason"] == "Connection refused"
