"""Tests of what follows when a process of the stack ends by itself."""

import signal

import pytest

from lmc.devstack import restart_policy
from runtime.process.errors import DependencyMissing

KILLED = -signal.SIGKILL


@pytest.mark.parametrize("code", [70, 75, KILLED, -signal.SIGSEGV])
def test_a_service_with_an_error_that_a_restart_cures_is_restarted(code: int) -> None:
    assert restart_policy.after_service_exit(code, engines_were_down=False).action == "restart"


@pytest.mark.parametrize("code", [1, 2, 69, 76, 3])
def test_a_service_with_an_error_that_no_restart_cures_halts_the_stack(code: int) -> None:
    decision = restart_policy.after_service_exit(code, engines_were_down=False)

    assert (decision.action, decision.code) == ("halt", code)


def test_a_service_that_ended_because_an_engine_was_down_is_restarted() -> None:
    assert restart_policy.after_service_exit(69, engines_were_down=True).action == "restart"


def test_a_service_stopped_by_another_program_stays_stopped() -> None:
    assert restart_policy.after_service_exit(0, engines_were_down=False).action == "leave_stopped"


@pytest.mark.parametrize("code", [KILLED, 137, 143, 0])
def test_an_engine_that_was_killed_or_stopped_is_restarted(code: int) -> None:
    assert restart_policy.after_engine_exit(code).action == "restart"


def test_an_engine_that_exits_with_an_error_halts_the_stack() -> None:
    decision = restart_policy.after_engine_exit(1)

    assert (decision.action, decision.code) == ("halt", DependencyMissing.code)


def test_the_reason_names_the_signal() -> None:
    assert "SIGKILL" in restart_policy.after_service_exit(KILLED, engines_were_down=False).reason


def test_the_restart_delay_grows_to_half_a_minute() -> None:
    delays = [restart_policy.restart_delay_s(failures) for failures in range(1, 40)]

    assert delays == sorted(delays)
    assert (delays[0], delays[-1]) == (0.2, 30.0)
