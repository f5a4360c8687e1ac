"""Sources of random choices for random logs: a seeded generator, or hypothesis."""

import random
from collections.abc import Sequence
from typing import Protocol, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Chance(Protocol):
    """Makes random choices; failures shrink to the first option and to `False`."""

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        ...

    def likely(self, percent: int) -> bool:
        """Return true in `percent` of 100 calls."""
        ...


class Rng:
    """A seeded generator: the same seed gives the same log on every machine."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - nothing here is a secret

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        return self.random.choice(options)

    def likely(self, percent: int) -> bool:
        """Return true in `percent` of 100 calls."""
        return self.random.random() * 100 < percent


class HypothesisChance:
    """Choices drawn by hypothesis, which records and shrinks them."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        return self.draw(st.sampled_from(options))

    def likely(self, percent: int) -> bool:
        """Return true in `percent` of 100 calls."""
        return self.draw(st.integers(0, 99)) >= 100 - percent
