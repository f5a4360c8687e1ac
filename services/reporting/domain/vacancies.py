"""Vacancies: which closing ends an opening (MI-01, MI-02)."""

from schemas.events.matching import VacancyClosed, VacancyOpened
from services.reporting.domain.history import Fact, History


def closing_of(history: History, opened: Fact[VacancyOpened]) -> Fact[VacancyClosed] | None:
    """Return the first closing on or after the day of the opening; None while it is open."""
    return next((fact for fact in history.of(VacancyClosed) if fact.on >= opened.on), None)
