"""Tests of the supervisor with real processes: restarts, halts, the order of stopping."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from lmc.devstack.child_process import LaunchSpec, PidFileProcess, start_time, wait_until
from lmc.devstack.supervisor import StackHalted, Supervisor

DEADLINE_S = 30
RUNS = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); time.sleep(600)"


class Script:
    """A process that runs Python code; it is ready when the code has created its ready file."""

    def __init__(self, folder: Path, code: str, name: str = "script") -> None:
        self.name = name
        self.output = folder / f"{name}.log"
        self.process = PidFileProcess(folder / f"{name}.pid", signal.SIGTERM, 5)
        self._ready_file = folder / f"{name}.ready"
        self._code = code

    def launch(self) -> None:
        """Start it, without the ready file of an earlier run."""
        self._ready_file.unlink(missing_ok=True)
        command = [sys.executable, "-c", self._code, str(self._ready_file)]
        self.process.launch(LaunchSpec(command, self.output, signal.SIGKILL))

    def is_ready(self) -> bool:
        """Return whether the code has created its ready file."""
        return self._ready_file.exists()


@pytest.fixture
def notices() -> list[str]:
    return []


@pytest.fixture
def supervisor(notices: list[str]) -> Iterator[Supervisor]:
    made = Supervisor(notices.append)
    yield made
    made.kill()


def stepping(supervisor: Supervisor, until: Callable[[], bool]) -> bool:
    def step() -> bool:
        supervisor.step()
        return until()

    return wait_until(step, DEADLINE_S)


def test_a_killed_service_is_restarted(supervisor: Supervisor, tmp_path: Path) -> None:
    service = Script(tmp_path, RUNS)
    supervisor.launch_services([service])
    supervisor.wait_until_ready(DEADLINE_S)
    first = service.process.pid
    assert first is not None

    os.kill(first, signal.SIGKILL)

    assert stepping(
        supervisor, lambda: service.is_ready() and service.process.pid not in (None, first)
    )


@pytest.mark.parametrize("code", [70, 75])
def test_a_service_whose_exit_code_asks_for_it_is_restarted(
    supervisor: Supervisor, tmp_path: Path, notices: list[str], code: int
) -> None:
    supervisor.launch_services([Script(tmp_path, f"import sys; sys.exit({code})")])

    assert stepping(supervisor, lambda: len(notices) >= 3)
    assert "restarted in 0.2 s" in notices[0]
    assert "restarted in 0.8 s" in notices[2]


@pytest.mark.parametrize("code", [1, 2, 69, 76])
def test_a_service_with_another_exit_code_halts_the_stack_with_its_last_message(
    supervisor: Supervisor, tmp_path: Path, code: int
) -> None:
    dies = f"import sys; print('no such town', file=sys.stderr); sys.exit({code})"
    supervisor.launch_services([Script(tmp_path, dies)])

    with pytest.raises(StackHalted, match="no such town") as halt:
        stepping(supervisor, lambda: False)

    assert halt.value.code == code


def test_a_service_that_needs_a_killed_engine_is_restarted_after_it(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    engine = Script(tmp_path, RUNS, "engine")
    needs_it = f"""
        import pathlib, sys, time
        if not pathlib.Path("{tmp_path}/engine.ready").exists():
            sys.exit(69)
        pathlib.Path(sys.argv[1]).touch()
        time.sleep(600)
    """
    service = Script(tmp_path, textwrap.dedent(needs_it), "service")
    supervisor.launch_engines([engine])
    supervisor.wait_until_ready(DEADLINE_S)
    supervisor.launch_services([service])
    supervisor.wait_until_ready(DEADLINE_S)
    pids = (engine.process.pid, service.process.pid)

    for pid in pids:
        os.kill(pid or 0, signal.SIGKILL)
    (tmp_path / "engine.ready").unlink()
    (tmp_path / "service.ready").unlink()

    assert stepping(supervisor, lambda: engine.is_ready() and service.is_ready())
    assert not {engine.process.pid, service.process.pid} & set(pids)


def test_stop_ends_processes_in_reverse_order(supervisor: Supervisor, tmp_path: Path) -> None:
    logs_its_end = f"""
        import pathlib, signal, sys, time
        mark = pathlib.Path(sys.argv[1])
        def end(*_):
            with open("{tmp_path}/order", "a") as order:
                order.write(mark.stem + "\\n")
            sys.exit(0)
        signal.signal(signal.SIGTERM, end)
        mark.touch()
        time.sleep(600)
    """
    code = textwrap.dedent(logs_its_end)
    supervisor.launch_engines([Script(tmp_path, code, name) for name in ("first", "second")])
    supervisor.launch_services([Script(tmp_path, code, "third")])
    supervisor.wait_until_ready(DEADLINE_S)

    supervisor.stop()

    assert (tmp_path / "order").read_text().split() == ["third", "second", "first"]


def test_a_child_ends_with_its_parent(tmp_path: Path) -> None:
    starter = f"""
        import signal, sys, time
        from pathlib import Path
        from lmc.devstack.child_process import LaunchSpec, PidFileProcess
        process = PidFileProcess(Path("{tmp_path}/pid"), signal.SIGTERM, 5)
        sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
        process.launch(LaunchSpec(sleeper, Path("{tmp_path}/log"), signal.SIGKILL))
        print(process.pid, flush=True)
        time.sleep(600)
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(starter)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())

    parent.kill()
    parent.communicate()

    assert wait_until(lambda: not psutil.pid_exists(child), DEADLINE_S)


def test_an_orphan_of_a_killed_run_is_stopped_by_the_next(tmp_path: Path) -> None:
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    (tmp_path / "pid").write_text(f"{sleeper.pid} {start_time(sleeper.pid)}\n")

    PidFileProcess(tmp_path / "pid", signal.SIGTERM, 5).stop_orphan()

    assert sleeper.wait(DEADLINE_S) == -signal.SIGTERM
    assert not (tmp_path / "pid").exists()


def test_an_unrelated_process_with_the_same_pid_is_not_stopped(tmp_path: Path) -> None:
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    (tmp_path / "pid").write_text(f"{sleeper.pid} 1\n")

    PidFileProcess(tmp_path / "pid", signal.SIGTERM, 5).stop_orphan()
    is_alive = sleeper.poll() is None
    sleeper.kill()
    sleeper.wait()

    assert is_alive
