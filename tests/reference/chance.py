"""Where random logs take their chances from: a seeded generator, or hypothesis."""

import random
from collections.abc import Sequence
from typing import Protocol, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Chance(Protocol):
    """Picks; the first option and `False` are the simplest ones, to which failures shrink."""

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        ...

    def likely(self, percent: int) -> bool:
        """Whether something of this likelihood happens."""
        ...


class Dice:
    """Chances of a seed: the same seed gives the same log, on every machine."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - nothing here is a secret

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return self.random.choice(options)

    def likely(self, percent: int) -> bool:
        """Whether something of this likelihood happens."""
        return self.random.random() * 100 < percent


class Drawn:
    """Chances drawn by hypothesis, which remembers and shrinks them."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return self.draw(st.sampled_from(options))

    def likely(self, percent: int) -> bool:
        """Whether something of this likelihood happens."""
        return self.draw(st.integers(0, 99)) >= 100 - percent
