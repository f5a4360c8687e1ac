"""Tests of `lmc up`: readiness, restarts, secrets, client commands, a stop that leaves nothing."""

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

from lmc.devstack import jars
from lmc.devstack.child_process import wait_until
from lmc.devstack.ports import HOST, require_free
from lmc.devstack.stack import SERVICE_PORTS, Service, Stack
from tests.integration.lmc_command import READY_S, ROOT, RunningUp, free_stack, run_lmc
from tests.integration.processes import NO_TLS

SERVICES = tuple(SERVICE_PORTS)
EXAMPLE = ROOT / "schemas" / "examples" / "matching.placement.made.v1.json"

pytestmark = pytest.mark.timeout(900)


def results_of(printed: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in printed.splitlines()]


def is_ready(stack: Stack, service: Service) -> bool:
    try:
        url = f"{stack.url(service)}/health/ready"
        return httpx.get(url, trust_env=False, timeout=2, verify=NO_TLS).is_success
    except httpx.HTTPError:
        return False


def all_ready(up: RunningUp) -> bool:
    return wait_until(lambda: all(is_ready(up.stack, each) for each in SERVICES), READY_S)


def emit(up: RunningUp, env: dict[str, str], text: str) -> tuple[int, list[dict[str, object]], str]:
    options = ["--data", str(up.stack.data_dir.root)]
    done = run_lmc("emit", "-", *options, text=text, env=env)
    return done.returncode, results_of(done.stdout), done.stderr


def fresh(event: str) -> str:
    """Return the same event with another id: another fact."""
    return json.dumps(json.loads(event) | {"id": f"e-{uuid.uuid4()}"}) + "\n"


@pytest.fixture(scope="module")
def env(stack_folder: Path) -> dict[str, str]:
    """An environment whose registry lists only the stacks of this module."""
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
def killed(stack_folder: Path, env: dict[str, str], event: str) -> RunningUp:
    """A stack that accepted an event and was then killed with SIGKILL."""
    up = RunningUp.start(free_stack(stack_folder / "up"), env)
    code, results, _ = emit(up, env, event)
    assert (code, results[0]["status"]) == (0, "accepted")
    up.end(signal.SIGKILL)
    return up


@pytest.fixture(scope="module")
def up(killed: RunningUp, env: dict[str, str]) -> Iterator[RunningUp]:
    """The killed stack, started again."""
    assert not killed.still_running()
    second = RunningUp.start(killed.stack, env)
    yield second
    if second.popen.poll() is None:
        second.end(signal.SIGKILL)
    assert not second.still_running()


def test_a_kill_of_lmc_up_leaves_no_process(killed: RunningUp) -> None:
    assert killed.still_running() == set()


def test_the_ready_line_names_every_process_and_all_are_ready(up: RunningUp) -> None:
    assert up.ready_line.startswith("ready: ")
    assert all(
        f"{name} {address}" in up.ready_line for name, address in up.stack.addresses().items()
    )
    assert [name for name in SERVICES if not is_ready(up.stack, name)] == []


def test_a_second_start_continues_with_the_data(
    up: RunningUp, env: dict[str, str], event: str
) -> None:
    code, results, _ = emit(up, env, event)

    assert (code, results[0]["status"]) == (0, "duplicate")


def test_every_listener_is_on_127_0_0_1_only(up: RunningUp) -> None:
    listeners = {
        connection.laddr
        for process in up.processes()
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }

    expected = {up.stack.port(service) for service in SERVICES}
    expected |= {up.stack.ports.kafka, up.stack.ports.controller, up.stack.ports.postgres}
    assert listeners == {(HOST, port) for port in expected}


def test_secrets_are_readable_by_their_owner_only(up: RunningUp) -> None:
    folder = up.stack.data_dir.secrets
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert set(modes.values()) == {0o600}
    assert {"operator-key", "steward-token", "quarantine-key", "postgres-reporting"} <= set(modes)


def test_secrets_differ_and_are_in_no_command_line_environment_or_log(up: RunningUp) -> None:
    secrets = [file.read_text() for file in up.stack.data_dir.secrets.iterdir()]
    logs = [log.read_text(errors="replace") for log in up.stack.data_dir.logs.iterdir()]
    shown = [
        *logs,
        *(" ".join(process.cmdline()) for process in up.processes()),
        *(str(process.environ()) for process in up.processes()),
    ]

    assert len(set(secrets)) == len(secrets)
    assert [text for text in shown if any(secret in text for secret in secrets)] == []


def test_a_second_start_on_the_same_directory_is_refused(
    up: RunningUp, env: dict[str, str]
) -> None:
    done = run_lmc("up", "--data", str(up.stack.data_dir.root), env=env)

    assert done.returncode == 69
    assert done.stderr.startswith(f"lmc: a stack already runs on {up.stack.data_dir.root} (pid ")
    assert done.stderr.count("\n") == 1


def test_a_port_in_use_is_named_with_its_process(
    up: RunningUp, env: dict[str, str], tmp_path: Path
) -> None:
    offset = str(up.stack.ports.offset)
    done = run_lmc("up", "--data", str(tmp_path / "other"), "--port-offset", offset, env=env)

    kafka = up.process_of("kafka")
    assert done.returncode == 69
    assert f"is in use by another program (pid {kafka.pid})" in done.stderr
    assert "--port-offset" in done.stderr


def test_a_command_without_options_uses_the_only_stack(
    up: RunningUp, env: dict[str, str], event: str
) -> None:
    done = run_lmc("emit", "-", text=event, env=env)

    assert up.popen.poll() is None
    assert results_of(done.stdout)[0]["status"] == "duplicate"


def test_a_line_that_is_no_event_is_refused_in_order_and_by_its_number(
    up: RunningUp, env: dict[str, str], event: str
) -> None:
    code, results, errors = emit(up, env, f"{event}no event\n{event}[1]\n")

    assert code == 1
    assert [each["status"] for each in results] == ["duplicate", "refused", "duplicate", "refused"]
    assert "Line 2" in str(results[1]["detail"])
    assert "line 2" in errors
    assert "line 4" in errors


def test_emit_with_wait_returns_when_reporting_has_projected(
    up: RunningUp, env: dict[str, str], event: str
) -> None:
    options = ["--data", str(up.stack.data_dir.root)]
    done = run_lmc("emit", "-", "--wait", *options, text=event, env=env)

    assert (done.returncode, len(results_of(done.stdout))) == (0, 1)


def test_value_prints_reportings_answer(up: RunningUp, env: dict[str, str]) -> None:
    command = ["MI-13", "--place", "RS", "--period", "2023", "--layer", "exact"]
    done = run_lmc("value", *command, "--data", str(up.stack.data_dir.root), env=env)

    answer = json.loads(done.stdout)
    assert done.returncode == 0
    assert (answer["indicator"], answer["layer"]) == ("MI-13", "exact")


def test_value_prints_the_numbers_as_of_an_instant(up: RunningUp, env: dict[str, str]) -> None:
    command = ["MI-13", "--place", "RS", "--period", "2023", "--as-of", "2023-06-30T22:00:00Z"]
    data = ["--data", str(up.stack.data_dir.root)]
    done = run_lmc("value", *command, "--layer", "exact", *data, env=env)
    published = run_lmc("value", *command, *data, env=env)

    answer = json.loads(done.stdout)
    assert (answer["layer"], answer["as_of"]) == ("exact", "2023-06-30T22:00:00Z")
    assert {row["value"] for row in answer["values"]} == {0}
    assert published.returncode == 2
    assert "layer exact" in published.stderr


def test_value_of_an_unknown_indicator_is_refused_in_a_sentence(
    up: RunningUp, env: dict[str, str]
) -> None:
    command = ["MI-99", "--place", "RS", "--period", "2023"]
    done = run_lmc("value", *command, "--data", str(up.stack.data_dir.root), env=env)

    assert done.returncode in (1, 2)
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
    assert done.stderr.startswith("lmc: ")


@pytest.mark.parametrize("name", ["matching", "reporting", "kafka", "postgres"])
def test_a_killed_process_is_restarted(
    up: RunningUp, env: dict[str, str], event: str, name: str
) -> None:
    before = up.process_of(name)

    before.kill()

    assert wait_until(lambda: not before.is_running(), READY_S)
    assert wait_until(lambda: up.runs(name), READY_S)
    assert all_ready(up)
    assert emit(up, env, fresh(event))[0] == 0


def test_sigterm_stops_everything(up: RunningUp) -> None:
    code = up.end(signal.SIGTERM)

    assert code == 0
    assert up.still_running() == set()
    assert not up.stack.data_dir.stack_file.exists()
    require_free(up.stack.ports.kafka)
    require_free(up.stack.ports.postgres)
