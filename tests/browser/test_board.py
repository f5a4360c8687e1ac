"""The board in a browser: what a clerk sees on the first screen, on a phone, in print."""

import re
from datetime import UTC, datetime

import httpx
import pytest
from playwright.async_api import Page, expect

from runtime.process.clock import belgrade_day
from runtime.storage.pool import open_pool
from schemas.envelope import Envelope
from schemas.events.event import Event
from services.reporting.board.locale import Language
from tests.browser.conftest import Board, Open
from tests.integration.services.builders import (
    completed,
    opened,
    person,
    placed,
    published,
    returned,
    seeking,
    vacancy,
)

PROKUPLJE = "70998"
STORY = {
    "MI-05.registered": "1[.,]204",
    "MI-13.placed": "59",
    "PI-03.persons": "6",
    "MI-01.jobseekers": "25",
    "MI-01.positions": "10",
}
"""The totals of the story, as they are written in any language."""
LOSE_ENTRY = """
CREATE TABLE spare AS
SELECT * FROM entry WHERE measure = (SELECT id FROM measure WHERE name = 'MI-13.placed') LIMIT 1;
DELETE FROM entry USING spare WHERE (entry.subject, entry.measure) = (spare.subject, spare.measure)
"""
HOLD_CELL = """
WITH run AS (INSERT INTO reconciliation_run (kind) VALUES ('all') RETURNING id),
     found AS (INSERT INTO discrepancy (run, kind, code, detail)
                   SELECT run.id, 'subject', s.code, 'a test'
                   FROM run, spare JOIN subject s ON s.id = spare.subject RETURNING id)
INSERT INTO hold (discrepancy, measure, municipality, affects_facts)
SELECT id, 'MI-13.placed', '70998', false FROM found
"""
SEEN_MS = 60_000
"""The first facts of a run wait for the consumer group to form."""
SIZES = [(1366, 768), (1024, 768), (390, 844), (320, 640)]


def story(council: str, first: int) -> list[Envelope[Event]]:
    """Facts of one day, so that all of them are in every current period."""
    today = belgrade_day(datetime.now(UTC)).isoformat()
    people = [person(first + number) for number in range(1204)]
    here = {"municipality": council}
    return [
        *(published(returned(today, **here), code) for code in people),
        *(published(placed(today, **here), code) for code in people[:59]),
        *(published(completed(today, kind="vocational", **here), code) for code in people[:6]),
        *(published(seeking(today, **here), code) for code in people[100:125]),
        *(published(opened(today, **here), vacancy(first + number)) for number in range(5)),
    ]


@pytest.fixture(scope="session")
async def loaded(board: Board) -> Board:
    """The board after the story of Prokuplje."""
    board.produce(story(PROKUPLJE, first=10_000))
    return board


async def ready(page: Page) -> Page:
    """The page when it shows all totals of the story: it refreshes itself until then."""
    for key, number in STORY.items():
        shown = page.locator(f'tr[data-live="{key}"] .digits')
        await expect(shown).to_have_text(re.compile(f"^{number}$"), timeout=SEEN_MS)
    return page


async def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the screen."""
    wider: int = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return wider


async def test_title_banner_and_tiles_fill_the_first_screen(loaded: Board, open_page: Open) -> None:
    page = await ready(await open_page(loaded.url(PROKUPLJE)))
    tiles = page.locator(".tile")

    await expect(page.locator("h1")).to_have_text(re.compile("^Прокупље · [1-4]. квартал 20"))
    await expect(page.locator(".banner")).to_contain_text("приказ обухвата чињенице до")
    await expect(tiles).to_have_count(4)
    await expect(tiles.nth(2)).to_contain_text(re.compile("трајније запослени:\\s+не објављује се"))
    bounds = await page.evaluate(
        "[...document.querySelectorAll('h1, .banner, .tile')].map((part) => {"
        " const box = part.getBoundingClientRect(); return [box.top, box.bottom]; })"
    )

    assert len(bounds) == 6
    assert all(0 < top < bottom <= 768 for top, bottom in bounds)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", Language)
async def test_nothing_is_wider_than_the_screen(
    loaded: Board, open_page: Open, size: tuple[int, int], language: Language
) -> None:
    page = await open_page(loaded.url(PROKUPLJE, lang=language), size=size)
    await page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")

    assert await overflow(page) <= 0


@pytest.mark.parametrize("language", Language)
async def test_every_number_equals_the_one_from_the_endpoint(
    loaded: Board, open_page: Open, language: Language
) -> None:
    page = await ready(await open_page(loaded.url(PROKUPLJE, lang=language, period="to-2026-12")))
    shown = await page.locator("tr[data-live]").evaluate_all(
        "rows => rows.map((row) => [row.dataset.live, row.dataset.number, row.dataset.state])"
    )

    assert {
        (key, digits(number, language), state) for key, number, state in shown if ":" not in key
    } == (await endpoint_values(loaded, "to-2026-12"))


def digits(number: str, language: Language) -> float | None:
    """The number that is written."""
    point = "." if language is Language.ENGLISH else ","
    plain = "".join(c for c in number if c.isdigit() or c == point).replace(point, ".")
    return float(plain) if plain else None


async def endpoint_values(board: Board, period: str) -> set[tuple[str, float | None, str]]:
    """All totals of layer `published` over HTTP."""
    found: set[tuple[str, float | None, str]] = set()
    async with httpx.AsyncClient(base_url=board.service.url, trust_env=False) as client:
        catalogue = (await client.get("/indicators")).json()["indicators"]
        for indicator in catalogue:
            params = {"place": PROKUPLJE, "period": period, "layer": "published"}
            path = f"/indicators/{indicator['id']}/values"
            values = (await client.get(path, params=params)).json()["values"]
            found |= {
                (f"{indicator['id']}.{row['measure']}", row["value"], row["state"])
                for row in values
            }
    return found


async def test_the_page_is_complete_without_javascript(loaded: Board, open_page: Open) -> None:
    await ready(await open_page(loaded.url(PROKUPLJE)))
    page = await open_page(loaded.url(PROKUPLJE), is_scripted=False)

    await expect(page.locator('[data-live="tile MI-05.registered"] .digits')).to_have_text("1.204")
    await expect(page.locator("noscript p")).to_contain_text("не освежава сама")
    await page.locator(".tile summary").first.click()
    await expect(page.locator(".tile .definition").first).to_be_visible()
    await page.locator("select").select_option("2023-Q2")
    await page.locator("form button").click()
    await expect(page.locator("h1")).to_have_text("Прокупље · 2. квартал 2023")
    await page.locator("text=Latinica").click()
    await expect(page.locator("h1")).to_have_text("Prokuplje · 2. kvartal 2023")
    await page.locator("text=prethodni").click()
    await expect(page.locator("h1")).to_have_text("Prokuplje · 1. kvartal 2023")


async def test_a_number_shows_its_definition_when_it_is_opened(
    loaded: Board, open_page: Open
) -> None:
    page = await open_page(loaded.url(PROKUPLJE))
    card = page.locator("tbody", has_text="MI-13")

    await expect(card).to_have_attribute("title", re.compile("почело да ради"))
    await card.locator("summary").focus()
    await page.keyboard.press("Enter")
    for word in ("Бројилац", "Именилац", "Када се броји", "Где се броји", "Основ"):
        await expect(card.locator("dt", has_text=word)).to_be_visible()


async def test_every_state_has_a_text_and_an_icon(loaded: Board, open_page: Open) -> None:
    page = await ready(await open_page(loaded.url(PROKUPLJE)))
    rows = page.locator("tr[data-live] .state")
    seen = await rows.evaluate_all(
        "states => states.map((each) => [each.className, each.textContent.trim(),"
        " each.querySelector('use').getAttribute('href'), each.querySelector('svg').clientWidth])"
    )

    assert {(kind, shape) for kind, _, shape, _ in seen} == {
        (f"state is-{code}", f"#shape-{code}")
        for code in ("value", "zero", "pending", "none", "denied")
    }
    assert all(word and width > 0 for _, word, _, width in seen)


async def test_a_withheld_number_is_shown_as_being_checked(loaded: Board, open_page: Open) -> None:
    """The entry is really deleted: otherwise the reconciliation would remove the hold."""
    page = await ready(await open_page(loaded.url(PROKUPLJE)))
    async with await open_pool(loaded.service.settings) as pool:
        await pool.execute(LOSE_ENTRY)
        await pool.execute(HOLD_CELL)
        try:
            await page.reload()
            row = page.locator('tr[data-live="MI-13.placed"]')

            await expect(row.locator(".state")).to_have_text("у провери")
            await expect(row.locator("use")).to_have_attribute("href", "#shape-withheld")
            await expect(row.locator(".digits")).to_have_count(0)
        finally:
            await pool.execute("INSERT INTO entry SELECT * FROM spare; DELETE FROM hold")


async def test_the_printed_page_has_the_numbers_and_no_buttons(
    loaded: Board, open_page: Open
) -> None:
    page = await open_page(loaded.url(PROKUPLJE))
    await page.emulate_media(media="print")

    await expect(page.locator("h1")).to_be_visible()
    await expect(page.locator(".tile").first).to_be_visible()
    await expect(page.locator("tr[data-live]").last).to_be_visible()
    for hidden in (".languages", ".periods", ".tile summary"):
        await expect(page.locator(hidden).first).to_be_hidden()


async def test_a_page_loads_only_its_own_files_and_leaves_nothing_behind(
    loaded: Board, open_page: Open
) -> None:
    page = await open_page(loaded.url(PROKUPLJE))
    await expect(page.locator("#live")).to_be_visible()
    files = await page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")

    assert files
    assert [name for name in files if not name.startswith(f"{loaded.service.url}/board/")] == []
    assert await page.context.cookies() == []
    assert await page.evaluate("localStorage.length + sessionStorage.length") == 0


async def test_an_address_without_a_council_links_to_one(loaded: Board, open_page: Open) -> None:
    page = await open_page(loaded.url("Prokuplje"))
    await page.locator("main a").first.click()

    await expect(page.locator("h1")).to_contain_text("Прокупље · ")
