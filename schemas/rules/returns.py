"""Returns that start an observation period: the start rule of MI-06 and MI-07."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

from ..events.registration import ReturneeRegistered
from ..periods import add_months
from .recorded_fact import RecordedFact

_NEW_RETURN_AFTER_MONTHS = 12

F = TypeVar("F", bound=RecordedFact[ReturneeRegistered])


def returns_started(returns: Sequence[F]) -> tuple[F, ...]:
    """Return, of one person's registrations in order, each without another in the 12 months before.

    A registration that is itself no start counts as one before. Comparing with the nearest earlier
    one suffices: 12 months after any other end no later.
    """
    later_returns = (
        later
        for earlier, later in pairwise(returns)
        if add_months(earlier.on, _NEW_RETURN_AFTER_MONTHS) < later.on
    )
    return (*returns[:1], *later_returns)
