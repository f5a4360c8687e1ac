"""Waits grow, stay within their limit and start over after a success."""

from runtime.process.retry import Backoff


def test_waits_double_up_to_the_limit() -> None:
    backoff = Backoff(initial_s=1.0, max_s=8.0)
    waits = [backoff.next_s() for _ in range(6)]

    for wait, limit in zip(waits, (1, 2, 4, 8, 8, 8), strict=True):
        assert limit / 2 <= wait <= limit


def test_after_a_success_the_first_wait_is_short_again() -> None:
    backoff = Backoff(initial_s=1.0, max_s=100.0)
    for _ in range(50):
        backoff.next_s()
    backoff.reset()

    assert backoff.next_s() <= 1.0
