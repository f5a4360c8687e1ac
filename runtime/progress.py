"""Notices that records wait and nobody moves: clients of Kafka sometimes stop without a word."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from runtime.errors import BeginAgain
from runtime.kafka import Partition

STALL_S = 60.0
"""Longer than any batch or handler may take, its database's own time limits included."""


@dataclass
class Progress:
    """One reader's progress, as seen from look to look."""

    stall_s: float = STALL_S
    _since_s: float | None = None
    _next: Mapping[Partition, int] = field(default_factory=dict)

    def look(
        self, now_s: float, following: Mapping[Partition, int], ends: Mapping[Partition, int]
    ) -> None:
        """Compare the next offsets with the ends of the log; BeginAgain after a stall."""
        lag = sum(max(0, end - following.get(place, 0)) for place, end in ends.items())
        if self._since_s is None or not lag or following != self._next:
            self.excuse(now_s)
            self._next = dict(following)
        elif now_s - self._since_s >= self.stall_s:
            waited_s = now_s - self._since_s
            raise BeginAgain(f"{lag} records wait and no position has moved for {waited_s:.0f} s")

    def excuse(self, now_s: float) -> None:
        """Count anew from now: somebody waits for the world, or there is nothing to do."""
        self._since_s = now_s
