"""Real programs under the supervisor: what is started again, what stops everything."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from lmc.child import Launch, Program, await_true, born
from lmc.supervisor import Halt, Supervisor

DEADLINE_S = 30
RUNS = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); time.sleep(600)"


class Script:
    """A part that runs Python code; it is ready when the code has made the file it is given."""

    def __init__(self, folder: Path, code: str, name: str = "script") -> None:
        self.name = name
        self.output = folder / f"{name}.log"
        self.program = Program(folder / f"{name}.pid", signal.SIGTERM, 5)
        self._mark = folder / f"{name}.ready"
        self._code = code

    def launch(self) -> None:
        """Start it; the mark of an earlier run counts no more."""
        self._mark.unlink(missing_ok=True)
        command = [sys.executable, "-c", self._code, str(self._mark)]
        self.program.launch(Launch(command, self.output, signal.SIGKILL))

    def is_ready(self) -> bool:
        """Whether the code has made its mark."""
        return self._mark.exists()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def supervisor(told: list[str]) -> Iterator[Supervisor]:
    made = Supervisor(told.append)
    yield made
    made.kill()


def stepping(supervisor: Supervisor, until: Callable[[], bool]) -> bool:
    def step() -> bool:
        supervisor.step()
        return until()

    return await_true(step, DEADLINE_S)


def test_a_killed_service_is_started_again(supervisor: Supervisor, tmp_path: Path) -> None:
    part = Script(tmp_path, RUNS)
    supervisor.launch_services([part])
    supervisor.await_ready(DEADLINE_S)
    first = part.program.pid
    assert first is not None

    os.kill(first, signal.SIGKILL)

    assert stepping(supervisor, lambda: part.is_ready() and part.program.pid not in (None, first))


@pytest.mark.parametrize("code", [70, 75])
def test_a_service_that_asks_for_it_is_started_again(
    supervisor: Supervisor, tmp_path: Path, told: list[str], code: int
) -> None:
    supervisor.launch_services([Script(tmp_path, f"import sys; sys.exit({code})")])

    assert stepping(supervisor, lambda: len(told) >= 3)
    assert "started again in 0.2 s" in told[0]
    assert "started again in 0.8 s" in told[2]


@pytest.mark.parametrize("code", [1, 2, 69, 76])
def test_a_service_that_gives_up_stops_everything_with_its_last_words(
    supervisor: Supervisor, tmp_path: Path, code: int
) -> None:
    dies = f"import sys; print('no such town', file=sys.stderr); sys.exit({code})"
    supervisor.launch_services([Script(tmp_path, dies)])

    with pytest.raises(Halt, match="no such town") as halt:
        stepping(supervisor, lambda: False)

    assert halt.value.code == code


def test_a_service_that_misses_a_killed_engine_waits_for_it(
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
    supervisor.await_ready(DEADLINE_S)
    supervisor.launch_services([service])
    supervisor.await_ready(DEADLINE_S)
    pids = (engine.program.pid, service.program.pid)

    for pid in pids:
        os.kill(pid or 0, signal.SIGKILL)
    (tmp_path / "engine.ready").unlink()
    (tmp_path / "service.ready").unlink()

    assert stepping(supervisor, lambda: engine.is_ready() and service.is_ready())
    assert not {engine.program.pid, service.program.pid} & set(pids)


def test_stop_ends_what_was_started_last_first(supervisor: Supervisor, tmp_path: Path) -> None:
    notes_its_end = f"""
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
    code = textwrap.dedent(notes_its_end)
    supervisor.launch_engines([Script(tmp_path, code, name) for name in ("first", "second")])
    supervisor.launch_services([Script(tmp_path, code, "third")])
    supervisor.await_ready(DEADLINE_S)

    supervisor.stop()

    assert (tmp_path / "order").read_text().split() == ["third", "second", "first"]


def test_a_program_dies_with_the_one_that_started_it(tmp_path: Path) -> None:
    starter = f"""
        import signal, sys, time
        from pathlib import Path
        from lmc.child import Launch, Program
        program = Program(Path("{tmp_path}/pid"), signal.SIGTERM, 5)
        sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
        program.launch(Launch(sleeper, Path("{tmp_path}/log"), signal.SIGKILL))
        print(program.pid, flush=True)
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

    assert await_true(lambda: not psutil.pid_exists(child), DEADLINE_S)


def test_what_a_killed_run_left_is_ended_by_the_next(tmp_path: Path) -> None:
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    (tmp_path / "pid").write_text(f"{sleeper.pid} {born(sleeper.pid)}\n")

    Program(tmp_path / "pid", signal.SIGTERM, 5).end_orphan()

    assert sleeper.wait(DEADLINE_S) == -signal.SIGTERM
    assert not (tmp_path / "pid").exists()


def test_a_stranger_with_the_same_pid_is_left_alone(tmp_path: Path) -> None:
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    (tmp_path / "pid").write_text(f"{sleeper.pid} 1\n")

    Program(tmp_path / "pid", signal.SIGTERM, 5).end_orphan()
    is_alive = sleeper.poll() is None
    sleeper.kill()
    sleeper.wait()

    assert is_alive
