"""A closed period in a browser: the banner says so, and a late fact shows what was frozen."""

import re

import httpx
from playwright.async_api import expect

from schemas.envelope import Envelope
from schemas.registration import ReturneeRegistered
from tests.browser.conftest import Board, Open
from tests.integration.services.stories import person, returned, said

PIROT = "70939"
PERIOD = "2023-Q2"
SEEN_MS = 60_000


def returnees(first: int, count: int) -> list[Envelope[ReturneeRegistered]]:
    """Returnees of May 2023."""
    return [
        said(returned("2023-05-02", municipality=PIROT), person(first + number))
        for number in range(count)
    ]


async def close(board: Board) -> None:
    """Prepare and approve the quarter."""
    told = {"place": PIROT, "period": PERIOD, "by": "steward-1"}
    async with httpx.AsyncClient(base_url=board.service.url, trust_env=False) as door:
        prepared = await door.post("/releases", json=told, headers=bearer("steward"))
        assert prepared.status_code == httpx.codes.CREATED, prepared.text
        path = f"/releases/{prepared.json()['id']}/approve"
        approved = await door.post(path, json={"by": "approver-1"}, headers=bearer("approver"))
        assert approved.status_code == httpx.codes.OK, approved.text


def bearer(key: str) -> dict[str, str]:
    """The header that carries a key."""
    return {"Authorization": f"Bearer {key}"}


async def test_an_open_page_shows_that_its_period_is_closed_and_what_is_revised(
    board: Board, open_page: Open
) -> None:
    page = await open_page(board.url(PIROT, period=PERIOD))
    banner, tile = page.locator(".banner"), page.locator('[data-live="tile MI-05.registered"]')
    await expect(banner).to_contain_text("није закључен")
    board.tell(returnees(first=800, count=3))
    await expect(tile.locator(".digits")).to_have_text("3", timeout=SEEN_MS)

    await close(board)
    await expect(banner).to_contain_text("закључено, верзија 1", timeout=SEEN_MS)
    await expect(tile.locator(".revised")).to_have_count(0)

    board.tell(returnees(first=810, count=1))
    await expect(tile.locator(".digits")).to_have_text("4", timeout=SEEN_MS)
    words = re.compile("ревидирано: у верзији 1 било је 3 .накнадна пријава.")
    await expect(tile.locator(".revised")).to_have_text(words, timeout=SEEN_MS)
    await expect(page.locator('tr[data-live="MI-05.registered"] .revised')).to_have_text(words)
