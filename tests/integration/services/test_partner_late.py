"""How late partners are stands on the page of metrics of the copy that publishes."""

from pathlib import Path

import httpx

from services.reporting.settings import Settings
from tests.conftest import MakeSettings
from tests.integration.reporting.expecting import NES, listed
from tests.integration.services.running import Running, eventually, running

LATE = 'lmc_reporting_partner_late_days{domain="matching",organisation="o-nes"} '


async def test_a_partner_that_never_reports_is_late_since_it_should(
    bus: str, service_settings: MakeSettings, tmp_path: Path
) -> None:
    settings = service_settings(
        "reporting", Settings, kafka=bus, reporters_file=listed(tmp_path, [NES])
    )
    reporting, days = Running("reporting", settings), list[float]()

    async def is_measured() -> bool:
        async with httpx.AsyncClient(trust_env=False) as client:
            page = (await client.get(f"{reporting.url}/metrics")).text
        days[:] = [float(line.removeprefix(LATE)) for line in page.splitlines() if LATE in line]
        return bool(days)

    async with running(reporting):
        await eventually(is_measured, "the page has the partner")

    assert days[0] > 365
