"""What others may react to: reporting's own events.

Only the window of `on` is checked of them: a period may be a to-period, `version` counts the frozen
versions of one period of one place from 1, `digest` is the SHA-256 of the frozen tables.
"""

from .codes import AnyPeriodText, Counter, Digest, FactType, Name
from .event import Event
from .vocabulary import RetractionReason


class PeriodClosed(Event, type="reporting.period.closed.v1", subject="m"):
    """A period's tables of a place are frozen as this version."""

    period: AnyPeriodText
    version: Counter
    digest: Digest


class PeriodReopened(Event, type="reporting.period.reopened.v1", subject="m"):
    """A frozen period of a place is opened again."""

    period: AnyPeriodText
    version: Counter
    digest: Digest


class IndicatorRevised(Event, type="reporting.indicator.revised.v1", subject="m"):
    """Late facts changed an indicator of a closed period."""

    indicator: Name
    period: AnyPeriodText
    version: Counter


class ReportingFactRetracted(Event, type="reporting.fact.retracted.v1", subject="m"):
    """A fact of reporting is taken back."""

    type: FactType
    reason: RetractionReason
