"""A closed period in a browser: the banner shows it, and a late fact adds a revision note."""

import re

import httpx
from playwright.async_api import expect

from schemas.envelope import Envelope
from schemas.events.registration import ReturneeRegistered
from tests.browser.conftest import Board, Open
from tests.integration.services.builders import person, published, returned

PIROT = "70939"
PERIOD = "2023-Q2"
SEEN_MS = 60_000


def returnees(first: int, count: int) -> list[Envelope[ReturneeRegistered]]:
    """Returnees of May 2023."""
    return [
        published(returned("2023-05-02", municipality=PIROT), person(first + number))
        for number in range(count)
    ]


async def close(board: Board) -> None:
    """Prepare and approve the quarter."""
    body = {"place": PIROT, "period": PERIOD, "by": "steward-1"}
    async with httpx.AsyncClient(base_url=board.service.url, trust_env=False) as client:
        prepared = await client.post("/releases", json=body, headers=bearer("steward"))
        assert prepared.status_code == httpx.codes.CREATED, prepared.text
        path = f"/releases/{prepared.json()['id']}/approve"
        approved = await client.post(path, json={"by": "approver-1"}, headers=bearer("approver"))
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
    board.produce(returnees(first=800, count=3))
    await expect(tile.locator(".digits")).to_have_text("3", timeout=SEEN_MS)

    await close(board)
    await expect(banner).to_contain_text("закључено, верзија 1", timeout=SEEN_MS)
    await expect(tile.locator(".revised")).to_have_count(0)

    board.produce(returnees(first=810, count=1))
    await expect(tile.locator(".digits")).to_have_text("4", timeout=SEEN_MS)
    note = re.compile("ревидирано: у верзији 1 било је 3 .накнадна пријава.")
    await expect(tile.locator(".revised")).to_have_text(note, timeout=SEEN_MS)
    await expect(page.locator('tr[data-live="MI-05.registered"] .revised')).to_have_text(note)
