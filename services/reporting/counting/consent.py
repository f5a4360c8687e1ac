"""Consent to be counted where the legal task is not the ground."""

from schemas.registration import ConsentGranted, ConsentWithdrawn
from services.reporting.counting.history import History, remembered


@remembered
def has_consented(history: History) -> bool:
    """Whether the newest consent fact for statistics is a grant; it decides for all days.

    On one day a withdrawal beats a grant; nobody asked is nobody's consent.
    """
    granted = [f.on for f in history.of(ConsentGranted) if f.event.purpose == "statistics"]
    withdrawn = [f.on for f in history.of(ConsentWithdrawn) if f.event.purpose == "statistics"]
    return bool(granted) and (not withdrawn or max(granted) > max(withdrawn))
