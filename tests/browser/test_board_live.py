"""An open board updates itself: numbers change, a lost connection is shown and restored."""

import asyncio
import re
from datetime import UTC, datetime

from playwright.async_api import Locator, Page, expect

from runtime.process.clock import belgrade_day
from tests.browser.conftest import Board, Open
from tests.integration.services.builders import person, placed, published, returned
from tests.waiting import eventually

IVANJICA, KNJAZEVAC = "70564", "70602"
CHANGED_MS = 30_000
"""It takes a second; the machine may be busy, and the first facts wait for the consumer."""
LOST_MS = 20_000
BACK_MS = 60_000


def today() -> str:
    return belgrade_day(datetime.now(UTC)).isoformat()


def number(page: Page, key: str) -> Locator:
    """The digits of a tile."""
    return page.locator(f'[data-live="tile {key}"] .digits')


async def test_a_number_changes_by_itself_and_open_definitions_stay_open(
    board: Board, open_page: Open
) -> None:
    page = await open_page(board.url(IVANJICA))
    await expect(page.locator("#live")).to_be_visible(timeout=CHANGED_MS)
    await expect(number(page, "MI-05.registered")).to_have_text("0")
    await page.evaluate("window.isTheSamePage = true")
    definition = page.locator("tbody", has_text="MI-05").locator("details")
    await definition.locator("summary").click()

    for count in (1, 2):
        fact = published(returned(today(), municipality=IVANJICA), person(500 + count))
        board.produce([fact])
        await expect(number(page, "MI-05.registered")).to_have_text(str(count), timeout=CHANGED_MS)

    row = page.locator('tr[data-live="MI-05.registered"]')
    await expect(row).to_have_attribute("data-number", "2")
    await expect(row).to_have_class(re.compile("is-new"))
    await expect(row).not_to_have_class(re.compile("is-new"), timeout=CHANGED_MS)
    await expect(definition).to_have_attribute("open", "")
    await expect(page.locator("#changes")).to_have_text(re.compile("^промењено бројева: [1-9]"))
    assert await page.evaluate("window.isTheSamePage")


async def test_a_lost_connection_is_shown_and_restored(board: Board, open_page: Open) -> None:
    page = await open_page(board.url(KNJAZEVAC))
    await expect(page.locator("#live")).to_be_visible(timeout=CHANGED_MS)
    await asyncio.to_thread(board.service.stop)
    await expect(page.locator("#lost")).to_be_visible(timeout=LOST_MS)
    await expect(page.locator("#lost")).to_contain_text("веза прекинута")
    await expect(page.locator("#live")).to_be_hidden()

    board.produce([published(placed(today(), municipality=KNJAZEVAC), person(600))])
    board.service.start()
    await eventually(board.service.is_ready, "reporting is ready again")

    await expect(page.locator("#live")).to_be_visible(timeout=BACK_MS)
    await expect(page.locator("#lost")).to_be_hidden()
    await expect(number(page, "MI-13.placed")).to_have_text("1", timeout=BACK_MS)
