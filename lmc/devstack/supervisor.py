"""Keep the processes of a stack running, and stop them in reverse order."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from lmc.devstack import restart_policy
from lmc.devstack.managed_process import ManagedProcess, last_log_message
from lmc.devstack.restart_policy import RestartDecision
from runtime.process.errors import DependencyMissing, ProcessExit

_POLL_S = 0.1


class StackHalted(ProcessExit):
    """A process ended in a way that a restart does not cure; `code` is its exit code."""

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(slots=True)
class _SupervisedProcess:
    """A process under supervision; instants are seconds of the monotonic clock."""

    managed: ManagedProcess
    is_engine: bool
    launched_at: float = 0.0
    ready_at: float | None = None
    restart_at: float | None = None
    failures: int = 0
    is_left_stopped: bool = False


class Supervisor:
    """A supervisor of processes, in the order in which they were launched.

    `notify` gets a line for a person now and then. Only `stop` and `wait_until_ready` block for
    long, so `step` can be called from a loop that does other work.
    """

    def __init__(self, notify: Callable[[str], None]) -> None:
        self._notify = notify
        self._processes: list[_SupervisedProcess] = []

    @property
    def has_processes(self) -> bool:
        """Whether there is anything to stop."""
        return bool(self._processes)

    def launch_engines(self, engines: Iterable[ManagedProcess]) -> None:
        """Start Kafka or PostgreSQL, and supervise them from now on."""
        self._launch(engines, is_engine=True)

    def launch_services(self, services: Iterable[ManagedProcess]) -> None:
        """Start services, and supervise them from now on."""
        self._launch(services, is_engine=False)

    def wait_until_ready(self, seconds: float) -> None:
        """Return when every process is ready; raise DependencyMissing if that takes too long."""
        deadline = time.monotonic() + seconds
        while slow := [each.managed for each in self._processes if each.ready_at is None]:
            if time.monotonic() > deadline:
                reasons = (f"{each.name}: {last_log_message(each.output)}" for each in slow)
                raise DependencyMissing(
                    f"not every process was ready within {seconds:.0f} s: {'; '.join(reasons)}"
                )
            self.step()
            time.sleep(_POLL_S)

    def step(self) -> None:
        """Handle processes that ended or became ready, and do due restarts; raise StackHalted."""
        for each in self._processes:
            code = each.managed.process.exit_code()
            if code is not None:
                self._handle_exit(each, code)
            elif each.restart_at is not None:
                self._restart_if_due(each)
            elif each.ready_at is None and not each.is_left_stopped:
                self._check_ready(each)

    def stop(self) -> None:
        """Stop all services at the same time, then the engines in reverse order."""
        services = [each.managed for each in reversed(self._processes) if not each.is_engine]
        for service in services:
            service.process.request_stop()
        for service in services:
            service.process.stop()
        for each in reversed(self._processes):
            each.managed.process.stop()
        self._processes.clear()

    def kill(self) -> None:
        """Kill every process."""
        for each in reversed(self._processes):
            each.managed.process.kill()
        self._processes.clear()

    def _launch(self, managed: Iterable[ManagedProcess], *, is_engine: bool) -> None:
        for each in managed:
            self._processes.append(
                _SupervisedProcess(each, is_engine, launched_at=time.monotonic())
            )
            each.launch()

    def _check_ready(self, each: _SupervisedProcess) -> None:
        if each.managed.is_ready():
            each.ready_at = time.monotonic()
            self._notify(f"{each.managed.name} is ready ({each.ready_at - each.launched_at:.1f} s)")

    def _handle_exit(self, each: _SupervisedProcess, code: int) -> None:
        ran_s = time.monotonic() - each.launched_at
        decision = self._decide(each, code)
        each.managed.process.stop()  # it has ended: remove its pid file
        each.ready_at = None
        if decision.action == "halt":
            message = last_log_message(each.managed.output)
            raise StackHalted(f"{each.managed.name} {decision.reason}: {message}", decision.code)
        if decision.action == "leave_stopped":
            each.is_left_stopped = True
            self._notify(f"{each.managed.name} {decision.reason}")
            return
        each.failures = 1 if ran_s > restart_policy.STABLE_AFTER_S else each.failures + 1
        delay_s = restart_policy.restart_delay_s(each.failures)
        each.restart_at = time.monotonic() + delay_s
        message = f" ({last_log_message(each.managed.output)})" if code > 0 else ""
        self._notify(
            f"{each.managed.name} {decision.reason}{message}; it is restarted in {delay_s:.1f} s"
        )

    def _decide(self, each: _SupervisedProcess, code: int) -> RestartDecision:
        if each.is_engine:
            return restart_policy.after_engine_exit(code)
        were_down = any(
            engine.ready_at is None or engine.ready_at > each.launched_at
            for engine in self._engines()
        )
        return restart_policy.after_service_exit(code, engines_were_down=were_down)

    def _restart_if_due(self, each: _SupervisedProcess) -> None:
        """Start it again when its delay is over; a service only while the engines run."""
        waits = not each.is_engine and any(engine.ready_at is None for engine in self._engines())
        if waits or each.restart_at is None or time.monotonic() < each.restart_at:
            return
        each.restart_at = None
        each.launched_at = time.monotonic()
        each.managed.launch()

    def _engines(self) -> Sequence[_SupervisedProcess]:
        return [each for each in self._processes if each.is_engine]
