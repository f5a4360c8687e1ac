"""Vacancies: which closing ends which opening (MI-01, MI-02)."""

from schemas.matching import VacancyClosed, VacancyOpened
from services.reporting.counting.history import Fact, History


def closing_of(history: History, opened: Fact[VacancyOpened]) -> Fact[VacancyClosed] | None:
    """The first closing on or after the day of the opening."""
    return next((fact for fact in history.of(VacancyClosed) if fact.on >= opened.on), None)
