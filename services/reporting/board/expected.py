"""What the board says of what is expected: targets beside the numbers, and who reports."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from schemas.declarations import Declared
from schemas.periods import Period
from schemas.reference import TargetSet
from schemas.territory import Place
from services.reporting.board.tongue import Tongue
from services.reporting.board.words import DOMAINS, GOALS, REPORTS, SILENT_SINCE
from services.reporting.counting.history import Fact
from services.reporting.expecting.completeness import Completeness, Key, Silent
from services.reporting.expecting.targets import Cell, pace_of, progress
from services.reporting.tables.table import State, Table, Value

NAMED_MAX: Final = 3
"""Silent partners in the banner: what a reader takes in at a glance; the box has them all."""


@dataclass(frozen=True, slots=True)
class Report:
    """One line of the box: a partner on a domain; `code` is the shape of its state."""

    organisation: str
    domain: str
    through: str
    days_late: str
    code: State
    state: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What a council's page needs to know of targets and reports, as it was read."""

    completeness: Completeness
    targets: Mapping[Cell, Fact[TargetSet]] = field(default_factory=dict)
    organisations: Mapping[str, Declared] = field(default_factory=dict)

    def state(self, table: Table, tongue: Tongue) -> str:
        """Since when somebody is silent whose silence a number of this table may come from."""
        first = self.completeness.silent_on(table)[0]
        return tongue.say(SILENT_SINCE, day=tongue.day(first.since))

    def goal(self, table: Table, value: Value, tongue: Tongue) -> str | None:
        """The target, how much of it is reached, and what an even pace would have brought."""
        cell = Cell(table.indicator.id, table.measure.name, table.place, str(table.period))
        fact = self.targets.get(cell)
        if fact is None:
            return None
        target, pace = Decimal(fact.event.value), pace_of(table.period, self.completeness.today)
        come = progress(value, target, pace)
        told = {"target": tongue.number(target), "due": tongue.number(come.due_to_date)}
        if come.percent is None:
            return tongue.say(GOALS["alone"], **told)
        form = "running" if pace.days_passed < pace.days else "over"
        return tongue.say(GOALS[form], percent=tongue.number(come.percent), **told)

    def silent_names(self, council: Place, period: Period, tongue: Tongue) -> str | None:
        """Who is silent, by name; None if nobody is."""
        silent = self.completeness.silent(council.code, list(DOMAINS), period)
        names = list(dict.fromkeys(self._name(each.organisation, tongue) for each in silent))
        if not names:
            return None
        more = "" if len(names) <= NAMED_MAX else " …"
        return tongue.say(REPORTS["banner"], names=", ".join(names[:NAMED_MAX]) + more)

    def reports(self, council: Place, period: Period, tongue: Tongue) -> tuple[Report, ...]:
        """Who reports on a council: those who should, then those who do all the same."""
        told, due_on = self.completeness, self.completeness.due_on(period)
        expected = [
            self._expected(each.key, told.silence(each, due_on), due_on, tongue)
            for each in told.expected(council.code, list(DOMAINS), period)
        ]
        unlisted = tongue.say(REPORTS["unlisted"])
        others = [
            self._report(key, tongue, State.NONE, unlisted) for key in told.unlisted(council.code)
        ]
        return (*expected, *others)

    def _expected(self, key: Key, silence: Silent | None, due_on: date, tongue: Tongue) -> Report:
        if silence is None:
            return self._report(key, tongue, State.VALUE, tongue.say(REPORTS["reports"]))
        days_late = (due_on - silence.since).days + 1
        state = tongue.say(SILENT_SINCE, day=tongue.day(silence.since))
        return self._report(key, tongue, State.SILENT, state, days_late)

    def _report(
        self, key: Key, tongue: Tongue, code: State, state: str, days_late: int = 0
    ) -> Report:
        day = self.completeness.through.get(key)
        return Report(
            organisation=self._name(key[0], tongue),
            domain=tongue.say(DOMAINS[key[1]]),
            through=tongue.say(REPORTS["never"]) if day is None else tongue.day(day),
            days_late=str(days_late),
            code=code,
            state=state,
        )

    def _name(self, organisation: str, tongue: Tongue) -> str:
        """What a declared organisation is called; of another its code."""
        declared = self.organisations.get(organisation)
        return organisation if declared is None else tongue.say(declared.title)
