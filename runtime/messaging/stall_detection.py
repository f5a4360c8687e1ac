"""Detects that records wait and no position moves: Kafka clients may stop without an error."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from runtime.messaging.records import Partition
from runtime.process.errors import RestartRequired

STALL_S = 60.0
"""Longer than any batch or handler may take, the database's own time limits included."""


@dataclass
class StallDetector:
    """Compares one consumer's positions from one observation to the next."""

    stall_s: float = STALL_S
    _since_s: float | None = None
    _positions: Mapping[Partition, int] = field(default_factory=dict)

    def observe(
        self, now_s: float, positions: Mapping[Partition, int], ends: Mapping[Partition, int]
    ) -> None:
        """Compare the next offsets with the ends of the log; RestartRequired after a stall."""
        lag = sum(max(0, end - positions.get(each, 0)) for each, end in ends.items())
        if self._since_s is None or not lag or positions != self._positions:
            self.reset(now_s)
            self._positions = dict(positions)
        elif now_s - self._since_s >= self.stall_s:
            waited_s = now_s - self._since_s
            raise RestartRequired(
                f"{lag} records wait and no position has moved for {waited_s:.0f} s"
            )

    def reset(self, now_s: float) -> None:
        """Measure from now: the consumer waits for a dependency, or has nothing to do."""
        self._since_s = now_s
