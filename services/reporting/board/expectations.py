"""What is expected of a council, as its board shows it: targets next to numbers, and reporters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from schemas.declared_codes import DeclaredCode
from schemas.events.reference import TargetSet
from schemas.periods import Period
from schemas.territory import Place
from services.reporting.board.locale import Locale
from services.reporting.board.translations import DOMAINS, REPORTS, SILENT_SINCE, TARGETS
from services.reporting.completeness.model import Completeness, ReportKey, SilentReporter
from services.reporting.domain.history import Fact
from services.reporting.tables.table import Table, Value, ValueState
from services.reporting.targets.model import TargetCell, pace_of, progress

_NAMED_MAX: Final = 3
"""Silent partners named in the banner, as many as are read at a glance; the table has all."""


@dataclass(frozen=True, slots=True)
class ReporterRow:
    """One row of the table of reporters; `code` selects the icon of its state."""

    organisation: str
    domain: str
    through: str
    days_late: str
    code: ValueState
    state: str


@dataclass(frozen=True, slots=True)
class Expectations:
    """The completeness, the targets and the declared organisations for a council's page."""

    completeness: Completeness
    targets: Mapping[TargetCell, Fact[TargetSet]] = field(default_factory=dict)
    organisations: Mapping[str, DeclaredCode] = field(default_factory=dict)

    def silent_since(self, table: Table, locale: Locale) -> str:
        """Return since when the longest silent reporter for this table has been silent."""
        first = self.completeness.silent_for_table(table)[0]
        return locale.translate(SILENT_SINCE, day=locale.format_day(first.since))

    def target(self, table: Table, value: Value, locale: Locale) -> str | None:
        """Return the target of a number, its share reached, and what an even pace would reach."""
        cell = TargetCell(table.indicator.id, table.measure.name, table.place, str(table.period))
        fact = self.targets.get(cell)
        if fact is None:
            return None
        target, pace = Decimal(fact.event.value), pace_of(table.period, self.completeness.today)
        reached = progress(value, target, pace)
        values = {
            "target": locale.format_number(target),
            "due": locale.format_number(reached.due_to_date),
        }
        if reached.percent is None:
            return locale.translate(TARGETS["alone"], **values)
        form = "running" if pace.days_passed < pace.days else "over"
        percent = locale.format_number(reached.percent)
        return locale.translate(TARGETS[form], percent=percent, **values)

    def silent_partners(self, council: Place, period: Period, locale: Locale) -> str | None:
        """Return who is silent, by name; None if nobody is."""
        silent = self.completeness.silent_reporters(council.code, list(DOMAINS), period)
        names = list(dict.fromkeys(self._name(each.organisation, locale) for each in silent))
        if not names:
            return None
        more = "" if len(names) <= _NAMED_MAX else " …"
        return locale.translate(REPORTS["banner"], names=", ".join(names[:_NAMED_MAX]) + more)

    def reporter_rows(
        self, council: Place, period: Period, locale: Locale
    ) -> tuple[ReporterRow, ...]:
        """Return who reports on a council: first the listed reporters, then unlisted ones."""
        completeness, due_on = self.completeness, self.completeness.due_on(period)
        expected = [
            self._expected(each.key, completeness.silence_of(each, due_on), due_on, locale)
            for each in completeness.expected_reporters(council.code, list(DOMAINS), period)
        ]
        unlisted = locale.translate(REPORTS["unlisted"])
        others = [
            self._row(key, locale, ValueState.NONE, unlisted)
            for key in completeness.unlisted_reports(council.code)
        ]
        return (*expected, *others)

    def _expected(
        self, key: ReportKey, silence: SilentReporter | None, due_on: date, locale: Locale
    ) -> ReporterRow:
        if silence is None:
            return self._row(key, locale, ValueState.VALUE, locale.translate(REPORTS["reports"]))
        days_late = (due_on - silence.since).days + 1
        state = locale.translate(SILENT_SINCE, day=locale.format_day(silence.since))
        return self._row(key, locale, ValueState.SILENT, state, days_late)

    def _row(
        self, key: ReportKey, locale: Locale, code: ValueState, state: str, days_late: int = 0
    ) -> ReporterRow:
        day = self.completeness.reported_through.get(key)
        never = locale.translate(REPORTS["never"])
        return ReporterRow(
            organisation=self._name(key[0], locale),
            domain=locale.translate(DOMAINS[key[1]]),
            through=never if day is None else locale.format_day(day),
            days_late=str(days_late),
            code=code,
            state=state,
        )

    def _name(self, organisation: str, locale: Locale) -> str:
        """Return the name of a declared organisation, the code of any other."""
        declared = self.organisations.get(organisation)
        return organisation if declared is None else locale.translate(declared.title)
