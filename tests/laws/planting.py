"""Bugs to plant: each replaces one function or limit of the product for a while.

The product has no switch for them. Each keeps to the signature of what it replaces.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from types import ModuleType
from typing import NamedTuple, TypeAlias

from schemas.event import Event as Said
from schemas.periods import add_months
from services.reporting.counting import attributes, consent, fold, history, jobs, returns
from services.reporting.counting.history import Fact, History

Facts: TypeAlias = Iterable[Fact[Said]]
RIGHT = history.newest
RIGHT_AGE = attributes.age_on
A_DAY = timedelta(days=1)


class Bug(NamedTuple):
    """What is replaced where, and by what."""

    module: ModuleType
    name: str
    wrong: object


@contextmanager
def planted(bug: Bug) -> Iterator[None]:
    """The product with the bug; a function is replaced wherever reporting has imported it."""
    right = getattr(bug.module, bug.name)
    homes = [bug.module]
    if callable(right):
        homes = [module for module in reporting() if getattr(module, bug.name, None) is right]
    try:
        for module in homes:
            setattr(module, bug.name, bug.wrong)
        yield
    finally:
        for module in homes:
            setattr(module, bug.name, right)


def reporting() -> list[ModuleType]:
    """The loaded modules of reporting."""
    return [module for name, module in sys.modules.items() if name.startswith("services.reporting")]


def every_arrival_counts(facts: Facts) -> list[Fact[Said]]:
    """No deduplication: an event that arrives twice counts twice."""
    said = list(facts)
    arrived = Counter((fact.source, fact.event_id) for fact in said)
    return [fact for fact in RIGHT(said) for _ in range(arrived[fact.source, fact.event_id])]


def revision_ignored(facts: Facts) -> list[Fact[Said]]:
    """All states of a fact are taken for its first revision."""
    return RIGHT(fact._replace(revision=1) for fact in facts)


def last_arrival_wins(facts: Facts) -> list[Fact[Said]]:
    """The order of arrival decides between the states of a fact."""
    return RIGHT(fact._replace(revision=place) for place, fact in enumerate(facts, start=1))


def retraction_ignored(facts: Facts) -> list[Fact[Said]]:
    """What was taken back stays."""
    return RIGHT(fact for fact in facts if not fact.type.endswith(".fact.retracted"))


def merge_ignored(_: Facts) -> frozenset[tuple[str, str]]:
    """No codes are one person."""
    return frozenset()


def everybody_consents(_: History) -> bool:
    """The basis of a measure is forgotten."""
    return True


def one_day_short(day: date, months: int) -> date:
    """Months that end a day early."""
    return add_months(day, months) - timedelta(days=1)


def birth_month_ignored(day: date, birth_year: int, _: int | None) -> int | None:
    """Everybody is born in January."""
    return RIGHT_AGE(day, birth_year, None)


BUGS = {
    "no deduplication": Bug(history, "newest", every_arrival_counts),
    "revision ignored": Bug(history, "newest", revision_ignored),
    "arrival order used": Bug(history, "newest", last_arrival_wins),
    "retraction ignored": Bug(history, "newest", retraction_ignored),
    "merge ignored": Bug(fold, "merge_links", merge_ignored),
    "consent ignored": Bug(consent, "has_consented", everybody_consents),
    "months one day short": Bug(returns, "add_months", one_day_short),
    "birth month ignored": Bug(attributes, "age_on", birth_month_ignored),
    "due a day late": Bug(jobs, "DUE_AFTER", jobs.DUE_AFTER + A_DAY),
    "same job a day longer": Bug(jobs, "SAME_JOB_WITHIN", jobs.SAME_JOB_WITHIN + A_DAY),
    "confirmed from a day later": Bug(jobs, "CONFIRMED_FROM", jobs.CONFIRMED_FROM + A_DAY),
    "confirmed until a day less": Bug(jobs, "CONFIRMED_UNTIL", jobs.CONFIRMED_UNTIL - A_DAY),
}
"""Every bug by its name; each is caught by a law."""
