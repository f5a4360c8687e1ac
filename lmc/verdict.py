"""What follows when a part of the stack ends by itself: again, leave it, or stop everything."""

import signal
from dataclasses import dataclass
from typing import Literal

from runtime.errors import AnotherLog, BeginAgain, Bug, Missing, UsageError

JAVA_KILLED = 128
"""Java ends with 128 + the number of the signal that stopped it."""

BACK_OFF_FIRST_S = 0.2
BACK_OFF_MAX_S = 30.0
STEADY_S = 60.0
"""A part that ran for so long has got over what ended it before."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do, and why in words for the person at the terminal."""

    act: Literal["again", "leave", "halt"]
    why: str
    code: int = 0


def on_service(code: int, *, engines_were_down: bool) -> Verdict:
    """What follows when a service ended with this exit code (minus a signal's number)."""
    if code < 0:
        return Verdict("again", f"was ended by {_signal(-code)}")
    if code in (Bug.code, BeginAgain.code):
        return Verdict("again", f"ended with exit code {code}")
    if code == 0:
        return Verdict("leave", "was stopped by somebody else; start the stack again to have it")
    if code == Missing.code and engines_were_down:
        return Verdict("again", "missed Kafka or PostgreSQL while they were down")
    return Verdict("halt", ADVICE.get(code, f"ended with exit code {code}"), code)


def on_engine(code: int) -> Verdict:
    """What follows when Kafka or PostgreSQL ended: again after a kill or a stop that was asked."""
    if code < 0 or code > JAVA_KILLED:
        return Verdict(
            "again", f"was ended by {_signal(code - JAVA_KILLED if code > 0 else -code)}"
        )
    if code == 0:
        return Verdict("again", "was stopped by somebody else")
    return Verdict("halt", f"ended with exit code {code}", Missing.code)


def back_off_s(failures: int) -> float:
    """How long to wait before the start after so many failures in a row."""
    return float(min(BACK_OFF_FIRST_S * 2 ** min(failures - 1, 10), BACK_OFF_MAX_S))


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


ADVICE = {
    UsageError.code: "refuses its settings",
    Missing.code: "misses something it needs",
    AnotherLog.code: (
        "was folded from another log than this Kafka holds. Restore Kafka's log beside its"
        " database, or start on an empty directory with --data"
    ),
}
