"""The result of the proofs for Prometheus; only the copy that proves shows it."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.reporting.proof.register import Standing, Verification


class VerifyGauges(Collector):
    """The last proof of each kind that came to its end, and what stands in doubt."""

    def __init__(self) -> None:
        self._last: Mapping[str, Verification] = {}
        self._standing: Standing | None = None

    def show(self, last: Mapping[str, Verification], standing: Standing | None) -> None:
        """Show these; nothing when another copy proves."""
        self._last, self._standing = last, standing

    def collect(self) -> Iterable[Metric]:
        """The gauges as they are now."""
        if self._standing is None:
            return
        yield from _proofs(self._last, datetime.now(UTC))
        yield GaugeMetricFamily(
            "lmc_reporting_verify_differences",
            "Suspects that a proof has found and none has cleared",
            value=self._standing.suspects,
        )
        yield GaugeMetricFamily(
            "lmc_reporting_withheld_tables",
            "Totals, once published as a number, that are withheld for a doubt; zeros never"
            " written, splits and the layer exact are withheld with them and not counted",
            value=self._standing.withheld,
        )


def _proofs(last: Mapping[str, Verification], now: datetime) -> Iterable[Metric]:
    kind = ["kind"]
    age = GaugeMetricFamily(
        "lmc_reporting_verify_age_seconds", "Since the last proof of a kind has ended", labels=kind
    )
    agrees = GaugeMetricFamily(
        "lmc_reporting_verify_agrees", "1 if the last proof of a kind found all right", labels=kind
    )
    compared = GaugeMetricFamily(
        "lmc_reporting_verify_compared_rows", "Entries and records of the last proof", labels=kind
    )
    for name, each in last.items():
        age.add_metric([name], (now - each.ended_at).total_seconds())
        agrees.add_metric([name], each.agrees)
        compared.add_metric([name], each.compared)
    yield from (age, agrees, compared)
