"""Returns that start an observation period: the start rule of MI-06 and MI-07."""

from itertools import pairwise

from schemas.events.registration import ReturneeRegistered
from schemas.periods import add_months
from services.reporting.domain.history import Fact, History, cached_on_history

NEW_RETURN_AFTER_MONTHS = 12


@cached_on_history
def returns_started(history: History) -> tuple[Fact[ReturneeRegistered], ...]:
    """Return each returnee.registered that has no earlier one within the 12 months before it.

    Comparing with the nearest earlier one suffices: 12 months after any other end no later.
    """
    returns = history.of(ReturneeRegistered)
    later_returns = (
        later
        for earlier, later in pairwise(returns)
        if add_months(earlier.on, NEW_RETURN_AFTER_MONTHS) < later.on
    )
    return (*returns[:1], *later_returns)
