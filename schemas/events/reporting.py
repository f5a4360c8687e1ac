"""The events of reporting: periods closed and reopened, indicators revised.

A period may be a to-period. `version` counts the frozen versions of a period of a council from 1.
`digest` is the SHA-256 of the frozen tables. Strict validation checks only the window of `on`.
"""

from ..closed_lists import RetractionReason
from ..codes import AnyPeriodText, Counter, Digest, FactType, Name
from .event import Event


class PeriodClosed(Event, type="reporting.period.closed.v1", subject="m"):
    """The tables of a council's period are frozen as this version."""

    period: AnyPeriodText
    version: Counter
    digest: Digest


class PeriodReopened(Event, type="reporting.period.reopened.v1", subject="m"):
    """A council's frozen period is reopened."""

    period: AnyPeriodText
    version: Counter
    digest: Digest


class IndicatorRevised(Event, type="reporting.indicator.revised.v1", subject="m"):
    """Late facts changed an indicator of a closed period."""

    indicator: Name
    period: AnyPeriodText
    version: Counter


class ReportingFactRetracted(Event, type="reporting.fact.retracted.v1", subject="m"):
    """Reporting retracts one of its facts."""

    type: FactType
    reason: RetractionReason
