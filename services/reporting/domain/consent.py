"""Consent to be counted, for measures that have no basis in a legal task."""

from schemas.events.registration import ConsentGranted, ConsentWithdrawn
from services.reporting.domain.history import History, cached_on_history


@cached_on_history
def has_consented(history: History) -> bool:
    """Return whether the newest consent fact for statistics is a grant; it decides for all days.

    On the same day a withdrawal wins over a grant. Without any fact there is no consent.
    """
    granted = [f.on for f in history.of(ConsentGranted) if f.event.purpose == "statistics"]
    withdrawn = [f.on for f in history.of(ConsentWithdrawn) if f.event.purpose == "statistics"]
    return bool(granted) and (not withdrawn or max(granted) > max(withdrawn))
