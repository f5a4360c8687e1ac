"""Mutations of the product: each replaces one function or limit while a context is open.

The product has no switch for them. Each keeps the signature of what it replaces.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from types import ModuleType
from typing import NamedTuple, TypeAlias

from schemas.events.event import Event as EventData
from schemas.periods import add_months
from schemas.rules import jobs, returns
from services.reporting.domain import attributes, consent, history, linked_codes
from services.reporting.domain.history import Fact, History

Facts: TypeAlias = Iterable[Fact[EventData]]
ORIGINAL = history.newest
ORIGINAL_AGE = attributes.age_on
ONE_DAY = timedelta(days=1)


class Mutation(NamedTuple):
    """The name that is replaced, its module, and the replacement."""

    module: ModuleType
    name: str
    replacement: object


@contextmanager
def mutated(mutation: Mutation) -> Iterator[None]:
    """Apply the mutation; a function is replaced in every module of these that imports it."""
    original = getattr(mutation.module, mutation.name)
    modules = [mutation.module]
    if callable(original):
        modules = [
            module for module in rule_modules() if getattr(module, mutation.name, None) is original
        ]
    try:
        for module in modules:
            setattr(module, mutation.name, mutation.replacement)
        yield
    finally:
        for module in modules:
            setattr(module, mutation.name, original)


def rule_modules() -> list[ModuleType]:
    """Return the loaded modules of reporting, and the rules that it shares."""
    names = ("services.reporting", "schemas.rules")
    return [module for name, module in sys.modules.items() if name.startswith(names)]


def every_arrival_counts(facts: Facts) -> list[Fact[EventData]]:
    """No deduplication: an event that arrives twice counts twice."""
    arrived_facts = list(facts)
    arrived = Counter((fact.source, fact.event_id) for fact in arrived_facts)
    return [
        fact for fact in ORIGINAL(arrived_facts) for _ in range(arrived[fact.source, fact.event_id])
    ]


def revision_ignored(facts: Facts) -> list[Fact[EventData]]:
    """All states of a fact are treated as its first revision."""
    return ORIGINAL(fact._replace(revision=1) for fact in facts)


def last_arrival_wins(facts: Facts) -> list[Fact[EventData]]:
    """The order of arrival decides between the states of a fact."""
    return ORIGINAL(fact._replace(revision=number) for number, fact in enumerate(facts, start=1))


def retraction_ignored(facts: Facts) -> list[Fact[EventData]]:
    """Retracted facts still count."""
    return ORIGINAL(fact for fact in facts if not fact.type.endswith(".fact.retracted"))


def merge_ignored(_: Facts) -> frozenset[tuple[str, str]]:
    """Merged codes are separate persons."""
    return frozenset()


def everybody_consents(_: History) -> bool:
    """Everybody counts as consenting."""
    return True


def one_day_short(day: date, months: int) -> date:
    """Months that end a day early."""
    return add_months(day, months) - timedelta(days=1)


def birth_month_ignored(day: date, birth_year: int, _: int | None) -> int | None:
    """Everybody is born in January."""
    return ORIGINAL_AGE(day, birth_year, None)


MUTATIONS = {
    "no deduplication": Mutation(history, "newest", every_arrival_counts),
    "revision ignored": Mutation(history, "newest", revision_ignored),
    "arrival order used": Mutation(history, "newest", last_arrival_wins),
    "retraction ignored": Mutation(history, "newest", retraction_ignored),
    "merge ignored": Mutation(linked_codes, "merge_links", merge_ignored),
    "consent ignored": Mutation(consent, "has_consented", everybody_consents),
    "months one day short": Mutation(returns, "add_months", one_day_short),
    "birth month ignored": Mutation(attributes, "age_on", birth_month_ignored),
    "due a day late": Mutation(jobs, "DUE_AFTER", jobs.DUE_AFTER + ONE_DAY),
    "same job a day longer": Mutation(jobs, "SAME_JOB_WITHIN", jobs.SAME_JOB_WITHIN + ONE_DAY),
    "confirmed from a day later": Mutation(jobs, "CONFIRMED_FROM", jobs.CONFIRMED_FROM + ONE_DAY),
    "confirmed until a day less": Mutation(jobs, "CONFIRMED_UNTIL", jobs.CONFIRMED_UNTIL - ONE_DAY),
}
"""Every mutation by its name; each breaks a property."""
