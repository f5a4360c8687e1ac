"""Reporters on an open board: silence is shown with name and day, and ends live."""

from datetime import UTC, datetime, timedelta

from playwright.async_api import expect

from runtime.process.clock import belgrade_day
from schemas.events.reference import PartnerReported, TargetSet
from services.reporting.board.locale import Locale
from services.reporting.board.periods import current_quarter
from tests.browser.conftest import SILENT_COUNCIL, Board, Open
from tests.integration.services.builders import person, published, returned

CHANGED_MS = 30_000
"""It takes a second; the machine may be busy, and the first facts wait for the consumer."""
NES = "Национална служба за запошљавање"


async def test_a_silent_partner_is_named_until_it_has_reported_through_yesterday(
    board: Board, open_page: Open
) -> None:
    yesterday = belgrade_day(datetime.now(UTC)) - timedelta(days=1)
    page = await open_page(board.url(SILENT_COUNCIL))
    placed, box = page.locator('[data-live="MI-13.placed"]'), page.locator('[data-live="reports"]')
    await expect(placed).to_contain_text("партнер не јавља од 1.1.2023.")
    await expect(box).to_contain_text(NES)
    await expect(page.locator(".banner")).to_contain_text(f"не јавља: {NES}")
    await expect(page.locator("#live")).to_be_visible(timeout=CHANGED_MS)

    report = PartnerReported(
        on=yesterday, domain="matching", municipality=SILENT_COUNCIL, through=yesterday
    )
    board.produce([published(report, "o-nes")])

    await expect(placed).to_contain_text("0 (потврђено)", timeout=CHANGED_MS)
    await expect(box).to_contain_text(Locale().format_day(yesterday))
    await expect(page.locator(".banner")).not_to_contain_text("не јавља")


async def test_a_target_is_in_the_tile_with_its_percent(board: Board, open_page: Open) -> None:
    today = belgrade_day(datetime.now(UTC))
    target = TargetSet(
        on=today,
        measure="registered",
        municipality=SILENT_COUNCIL,
        period=str(current_quarter(today)),
        value="40",
        decision="D-7",
    )
    people = [published(returned(today.isoformat(), municipality=SILENT_COUNCIL), person(77_000))]
    board.produce([published(target, "t-MI-05"), *people])
    page = await open_page(board.url(SILENT_COUNCIL))
    tile = page.locator('[data-live="tile MI-05.registered"]')

    await expect(tile).to_contain_text("циљ 40, 2,5 %", timeout=CHANGED_MS)
