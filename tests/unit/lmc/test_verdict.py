"""What follows when a part of the stack ends by itself."""

import signal

import pytest

from lmc import verdict
from runtime.errors import Missing

KILLED = -signal.SIGKILL


@pytest.mark.parametrize("code", [70, 75, KILLED, -signal.SIGSEGV])
def test_a_service_that_a_fresh_start_cures_is_started_again(code: int) -> None:
    assert verdict.on_service(code, engines_were_down=False).act == "again"


@pytest.mark.parametrize("code", [1, 2, 69, 76, 3])
def test_a_service_that_a_fresh_start_does_not_cure_stops_everything(code: int) -> None:
    judged = verdict.on_service(code, engines_were_down=False)

    assert (judged.act, judged.code) == ("halt", code)


def test_a_service_that_missed_an_engine_while_it_was_down_is_started_again() -> None:
    assert verdict.on_service(69, engines_were_down=True).act == "again"


def test_a_service_that_somebody_stopped_stays_stopped() -> None:
    assert verdict.on_service(0, engines_were_down=False).act == "leave"


@pytest.mark.parametrize("code", [KILLED, 137, 143, 0])
def test_an_engine_that_was_killed_or_stopped_is_started_again(code: int) -> None:
    assert verdict.on_engine(code).act == "again"


def test_an_engine_that_gives_up_stops_everything() -> None:
    judged = verdict.on_engine(1)

    assert (judged.act, judged.code) == ("halt", Missing.code)


def test_the_signal_is_told_by_its_name() -> None:
    assert "SIGKILL" in verdict.on_service(KILLED, engines_were_down=False).why


def test_back_off_grows_and_ends_at_half_a_minute() -> None:
    waits = [verdict.back_off_s(failures) for failures in range(1, 40)]

    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (0.2, 30.0)
