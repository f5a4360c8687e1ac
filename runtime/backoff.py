"""Waiting between attempts: twice as long each time, with jitter, up to a limit."""

import random
from dataclasses import dataclass


@dataclass
class Backoff:
    """The waits of one row of attempts, in seconds; `reset` after a success."""

    first_s: float = 0.1
    most_s: float = 5.0
    _attempts: int = 0

    def next_s(self) -> float:
        """How long to wait now: between half and the whole of the present limit."""
        limit = min(self.most_s, self.first_s * 2.0**self._attempts)
        self._attempts = min(self._attempts + 1, 30)
        return limit * random.uniform(0.5, 1.0)  # noqa: S311 - jitter is no secret

    def reset(self) -> None:
        """The next wait is the first again."""
        self._attempts = 0
