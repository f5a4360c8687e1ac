"""Returns that start a clock: the start rule of MI-06, which MI-07 shares."""

from itertools import pairwise

from schemas.periods import add_months
from schemas.registration import ReturneeRegistered
from services.reporting.counting.history import Fact, History, remembered

A_NEW_RETURN_AFTER_MONTHS = 12


@remembered
def returns_started(history: History) -> tuple[Fact[ReturneeRegistered], ...]:
    """Each returnee.registered, unless an earlier one lies within 12 months before it.

    The nearest earlier one decides: twelve months after any other end no later.
    """
    returns = history.of(ReturneeRegistered)
    again = (
        later
        for earlier, later in pairwise(returns)
        if add_months(earlier.on, A_NEW_RETURN_AFTER_MONTHS) < later.on
    )
    return (*returns[:1], *again)
