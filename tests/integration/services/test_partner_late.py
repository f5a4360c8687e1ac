"""How late partners are is a metric of the replica that publishes."""

from pathlib import Path

import httpx

from services.reporting.settings import ReportingSettings
from tests.conftest import MakeSettings
from tests.integration.processes import NO_TLS
from tests.integration.reporting.expectations import NES, listed
from tests.integration.services.running import Running, running
from tests.waiting import eventually

LATE = 'lmc_reporting_partner_late_days{domain="matching",organisation="o-nes"} '


async def test_a_partner_that_never_reports_is_late_since_its_first_due_day(
    bootstrap: str, service_settings: MakeSettings, tmp_path: Path
) -> None:
    settings = service_settings(
        "reporting", ReportingSettings, kafka=bootstrap, reporters_file=listed(tmp_path, [NES])
    )
    reporting, days = Running("reporting", settings), list[float]()

    async def is_measured() -> bool:
        async with httpx.AsyncClient(trust_env=False, verify=NO_TLS) as client:
            page = (await client.get(f"{reporting.url}/metrics")).text
        days[:] = [float(line.removeprefix(LATE)) for line in page.splitlines() if LATE in line]
        return bool(days)

    async with running(reporting):
        await eventually(is_measured, "the metrics have the partner")

    assert days[0] > 365
