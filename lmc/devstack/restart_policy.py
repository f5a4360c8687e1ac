"""Decide what follows when a process of the stack ends by itself: restart, leave it, or halt."""

import signal
from dataclasses import dataclass
from typing import Final, Literal

from runtime.process.errors import (
    DependencyMissing,
    InternalError,
    LogMismatch,
    RestartRequired,
    UsageError,
)

_JAVA_SIGNAL_BASE = 128
"""Java exits with 128 + the number of the signal that stopped it."""

_RESTART_DELAY_FIRST_S = 0.2
_RESTART_DELAY_MAX_S = 30.0
"""Short enough that a stack recovers within a minute of its cause."""
STABLE_AFTER_S = 60.0
"""A process that ran for so long starts again with the first delay."""


@dataclass(frozen=True, slots=True)
class RestartDecision:
    """What to do, the reason in words for a person, and the exit code of a halted stack."""

    action: Literal["restart", "leave_stopped", "halt"]
    reason: str
    code: int = 0


def after_service_exit(code: int, *, engines_were_down: bool) -> RestartDecision:
    """Decide after a service exited with this code (minus the number of a signal)."""
    if code < 0:
        return RestartDecision("restart", f"was ended by {_signal_name(-code)}")
    if code in (InternalError.code, RestartRequired.code):
        return RestartDecision("restart", f"ended with exit code {code}")
    if code == 0:
        reason = "was stopped by another program; start the stack again to have it"
        return RestartDecision("leave_stopped", reason)
    if code == DependencyMissing.code and engines_were_down:
        return RestartDecision("restart", "ended because Kafka or PostgreSQL was down")
    return RestartDecision("halt", _ADVICE.get(code, f"ended with exit code {code}"), code)


def after_engine_exit(code: int) -> RestartDecision:
    """Decide after Kafka or PostgreSQL exited: restart after a signal or an orderly stop."""
    if code < 0 or code > _JAVA_SIGNAL_BASE:
        number = code - _JAVA_SIGNAL_BASE if code > 0 else -code
        return RestartDecision("restart", f"was ended by {_signal_name(number)}")
    if code == 0:
        return RestartDecision("restart", "was stopped by another program")
    return RestartDecision("halt", f"ended with exit code {code}", DependencyMissing.code)


def restart_delay_s(failures: int) -> float:
    """Return the delay before the restart after so many failures in a row, 1 or more."""
    return float(min(_RESTART_DELAY_FIRST_S * 2 ** min(failures - 1, 10), _RESTART_DELAY_MAX_S))


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


_ADVICE: Final = {
    UsageError.code: "does not accept its settings",
    DependencyMissing.code: "lacks something it needs",
    LogMismatch.code: (
        "has a projection of another log than this Kafka holds. Restore the Kafka log that belongs"
        " to its database, or start on an empty directory with --data"
    ),
}
"""Reasons by exit code."""
