"""`lmc up` as people run it: all parts real, healed, closed, stopped without a trace."""

import json
import os
import signal
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from lmc import jars
from lmc.child import await_true
from lmc.ports import HOST, require_free
from lmc.stack import SERVICE_PORTS, Service, Stack
from tests.integration.lmc_command import READY_S, ROOT, Up, free_stack, run_lmc

SERVICES = tuple(SERVICE_PORTS)
EXAMPLE = ROOT / "schemas" / "examples" / "matching.placement.made.v1.json"

pytestmark = pytest.mark.timeout(900)


def receipts_of(printed: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in printed.splitlines()]


def is_ready(stack: Stack, service: Service) -> bool:
    try:
        url = f"{stack.url(service)}/health/ready"
        return httpx.get(url, trust_env=False, timeout=2).is_success
    except httpx.HTTPError:
        return False


def all_ready(up: Up) -> bool:
    return await_true(lambda: all(is_ready(up.stack, each) for each in SERVICES), READY_S)


def emit(up: Up, env: dict[str, str], text: str) -> tuple[int, list[dict[str, object]], str]:
    where = ["--data", str(up.stack.folder.root)]
    done = run_lmc("emit", "-", *where, text=text, env=env)
    return done.returncode, receipts_of(done.stdout), done.stderr


def fresh(event: str) -> str:
    """The same under another id: another fact."""
    return json.dumps(json.loads(event) | {"id": f"e-{uuid.uuid4()}"}) + "\n"


@pytest.fixture(scope="module")
def env(stack_folder: Path) -> dict[str, str]:
    """An environment whose register of stacks knows only the stacks of this module."""
    jars.class_path()
    private = stack_folder / "cache" / "lmc-live"
    private.mkdir(parents=True)
    (private / "jars").symlink_to(jars.cache_folder() / "jars")
    return {**os.environ, "XDG_CACHE_HOME": str(private.parent)}


@pytest.fixture(scope="module")
def event() -> str:
    """An event as one line."""
    return json.dumps(json.loads(EXAMPLE.read_text())) + "\n"


@pytest.fixture(scope="module")
def killed(stack_folder: Path, env: dict[str, str], event: str) -> Up:
    """A stack that took an event and was then killed, SIGKILL, in the midst of its life."""
    up = Up.start(free_stack(stack_folder / "up"), env)
    code, receipts, _ = emit(up, env, event)
    assert (code, receipts[0]["status"]) == (0, "accepted")
    up.end(signal.SIGKILL)
    return up


@pytest.fixture(scope="module")
def up(killed: Up, env: dict[str, str]) -> Iterator[Up]:
    """The second life of the killed stack."""
    assert not killed.left()
    second = Up.start(killed.stack, env)
    yield second
    if second.popen.poll() is None:
        second.end(signal.SIGKILL)
    assert not second.left()


def test_a_kill_of_lmc_up_leaves_no_process(killed: Up) -> None:
    assert killed.left() == set()


def test_the_ready_line_names_every_part_and_every_part_is_ready(up: Up) -> None:
    assert up.ready_line.startswith("ready: ")
    assert all(
        f"{name} {address}" in up.ready_line for name, address in up.stack.addresses().items()
    )
    assert [name for name in SERVICES if not is_ready(up.stack, name)] == []


def test_a_second_start_goes_on_with_the_data(up: Up, env: dict[str, str], event: str) -> None:
    code, receipts, _ = emit(up, env, event)

    assert (code, receipts[0]["status"]) == (0, "duplicate")


def test_every_listener_is_on_127_0_0_1_only(up: Up) -> None:
    listeners = {
        connection.laddr
        for process in up.processes()
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }

    expected = {up.stack.port(service) for service in SERVICES}
    expected |= {up.stack.ports.kafka, up.stack.ports.controller, up.stack.ports.postgres}
    assert listeners == {(HOST, port) for port in expected}


def test_secrets_are_for_their_owner_only(up: Up) -> None:
    folder = up.stack.folder.secrets
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert set(modes.values()) == {0o600}
    assert {"operator-key", "steward-token", "seal-key", "postgres-reporting"} <= set(modes)


def test_every_secret_is_another_and_stands_in_no_command_line_environment_or_log(up: Up) -> None:
    secrets = [file.read_text() for file in up.stack.folder.secrets.iterdir()]
    logs = [log.read_text(errors="replace") for log in up.stack.folder.logs.iterdir()]
    shown = [
        *logs,
        *(" ".join(process.cmdline()) for process in up.processes()),
        *(str(process.environ()) for process in up.processes()),
    ]

    assert len(set(secrets)) == len(secrets)
    assert [text for text in shown if any(secret in text for secret in secrets)] == []


def test_a_second_start_on_the_same_directory_is_refused(up: Up, env: dict[str, str]) -> None:
    done = run_lmc("up", "--data", str(up.stack.folder.root), env=env)

    assert done.returncode == 69
    assert done.stderr.startswith(f"lmc: a stack already runs on {up.stack.folder.root} (pid ")
    assert done.stderr.count("\n") == 1


def test_a_busy_port_is_told_with_its_program(up: Up, env: dict[str, str], tmp_path: Path) -> None:
    offset = str(up.stack.ports.offset)
    done = run_lmc("up", "--data", str(tmp_path / "other"), "--port-offset", offset, env=env)

    kafka = up.process_of("kafka")
    assert done.returncode == 69
    assert f"is in use by another program (pid {kafka.pid})" in done.stderr
    assert "--port-offset" in done.stderr


def test_other_commands_find_the_only_stack_without_being_told(
    up: Up, env: dict[str, str], event: str
) -> None:
    done = run_lmc("emit", "-", text=event, env=env)

    assert up.popen.poll() is None
    assert receipts_of(done.stdout)[0]["status"] == "duplicate"


def test_a_line_that_is_no_event_gets_its_receipt_in_order_and_its_number_is_told(
    up: Up, env: dict[str, str], event: str
) -> None:
    code, receipts, told = emit(up, env, f"{event}no event\n{event}[1]\n")

    assert code == 1
    assert [each["status"] for each in receipts] == ["duplicate", "refused", "duplicate", "refused"]
    assert "Line 2" in str(receipts[1]["detail"])
    assert "line 2" in told
    assert "line 4" in told


def test_emit_with_wait_returns_when_reporting_has_folded(
    up: Up, env: dict[str, str], event: str
) -> None:
    where = ["--data", str(up.stack.folder.root)]
    done = run_lmc("emit", "-", "--wait", *where, text=event, env=env)

    assert (done.returncode, len(receipts_of(done.stdout))) == (0, 1)


def test_value_prints_what_reporting_answers(up: Up, env: dict[str, str]) -> None:
    question = ["MI-13", "--place", "RS", "--period", "2023", "--layer", "exact"]
    done = run_lmc("value", *question, "--data", str(up.stack.folder.root), env=env)

    answer = json.loads(done.stdout)
    assert done.returncode == 0
    assert (answer["indicator"], answer["layer"]) == ("MI-13", "exact")


def test_value_tells_what_was_known_at_an_instant(up: Up, env: dict[str, str]) -> None:
    question = ["MI-13", "--place", "RS", "--period", "2023", "--known-at", "2023-06-30T22:00:00Z"]
    data = ["--data", str(up.stack.folder.root)]
    done = run_lmc("value", *question, "--layer", "exact", *data, env=env)
    published = run_lmc("value", *question, *data, env=env)

    answer = json.loads(done.stdout)
    assert (answer["layer"], answer["known_at"]) == ("exact", "2023-06-30T22:00:00Z")
    assert {row["value"] for row in answer["values"]} == {0}
    assert published.returncode == 2
    assert "layer exact" in published.stderr


def test_value_of_no_indicator_is_refused_in_a_sentence(up: Up, env: dict[str, str]) -> None:
    question = ["MI-99", "--place", "RS", "--period", "2023"]
    done = run_lmc("value", *question, "--data", str(up.stack.folder.root), env=env)

    assert done.returncode in (1, 2)
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
    assert done.stderr.startswith("lmc: ")


@pytest.mark.parametrize("part", ["matching", "reporting", "kafka", "postgres"])
def test_a_killed_part_is_back(up: Up, env: dict[str, str], event: str, part: str) -> None:
    before = up.process_of(part)

    before.kill()

    assert await_true(lambda: not before.is_running(), READY_S)
    assert await_true(lambda: up.runs(part), READY_S)
    assert all_ready(up)
    assert emit(up, env, fresh(event))[0] == 0


def test_sigterm_stops_everything_and_leaves_nothing(up: Up) -> None:
    code = up.end(signal.SIGTERM)

    assert code == 0
    assert up.left() == set()
    assert not up.stack.folder.description.exists()
    require_free(up.stack.ports.kafka)
    require_free(up.stack.ports.postgres)
