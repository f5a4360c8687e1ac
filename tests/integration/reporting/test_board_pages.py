"""The pages of the board over HTTP: what is on them, what is not, and what replaces them."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from runtime.context import Context
from runtime.web.app import build_app
from services.reporting.board import routes as board
from services.reporting.board.notifier import BoardNotifier
from services.reporting.projection.freshness import ProgressTracker
from services.reporting.publication.task import publish_pair_counts
from tests.integration.reporting.conftest import OpenReporting
from tests.integration.reporting.harness import ReportingHarness
from tests.reference.builders import ANA, BOBAN, make_event

MORNING = datetime(2023, 6, 15, 8, tzinfo=UTC)
PAGES = ["/board/", "/board/70998", "/board/70998/numbers", "/board/70999", "/board/70998?period=x"]
NOWHERE = "127.0.0.1:9"


def browsing(context: Context, notifier: BoardNotifier | None = None) -> httpx.AsyncClient:
    """A reader of the pages of one replica."""
    routes = board.routes(ProgressTracker(), notifier or BoardNotifier())
    transport = httpx.ASGITransport(build_app("reporting", context, routes))
    return httpx.AsyncClient(transport=transport, base_url="http://reporting")


@pytest.fixture
async def june(open_reporting: OpenReporting) -> ReportingHarness:
    """Reporting on a morning in June 2023, with two returnees, one of whom found lasting work."""
    reporting = await open_reporting(clock=lambda: MORNING)
    back = "registration.returnee.registered"
    await reporting.process(
        make_event(back, "2023-05-02", ANA),
        make_event(back, "2023-05-03", BOBAN),
        make_event("matching.placement.made", "2023-05-20", ANA),
    )
    return reporting


@pytest.fixture
async def reader(june: ReportingHarness) -> AsyncIterator[httpx.AsyncClient]:
    async with browsing(june.context) as client:
        yield client


def row(html: str, key: str) -> str:
    """The text of a figure's row."""
    [found] = re.findall(rf'<tr data-live="{re.escape(key)}".*?</tr>', html, re.DOTALL)
    return " ".join(re.sub("<[^>]*>", " ", found).split())


async def test_the_number_of_open_possible_duplicates_is_shown_in_three_scripts(
    june: ReportingHarness, reader: httpx.AsyncClient
) -> None:
    before = (await reader.get("/board/70998")).text
    await publish_pair_counts(june.context)
    pages = {
        lang: (await reader.get("/board/70998", params={"lang": lang})).text
        for lang in ("sr-Cyrl", "sr-Latn", "en")
    }

    assert 'id="possible-duplicates"' not in before
    assert "двострука јављања истог запослења: 0 (стање 15.6.2023. 10:00:00)" in pages["sr-Cyrl"]
    assert "dvostruka javljanja istog zaposlenja: 0" in pages["sr-Latn"]
    assert "two sources may have reported twice: 0 (as of 15 June 2023 10:00:00)" in pages["en"]


async def test_a_councils_page_shows_the_current_quarter(reader: httpx.AsyncClient) -> None:
    answer = await reader.get("/board/70998")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert '<html lang="sr-Cyrl">' in answer.text
    assert "<h1>Прокупље · 2. квартал 2023</h1>" in answer.text
    assert row(answer.text, "MI-05.registered") == "регистровани 2 лица објављено"
    assert row(answer.text, "PI-03.persons") == "завршили обуку 0 лица 0 (потврђено)"


async def test_an_unpublished_number_is_denied_and_not_on_the_page(
    reader: httpx.AsyncClient,
) -> None:
    html = (await reader.get("/board/70998")).text

    assert row(html, "MI-13.placed") == "запослени 1 лица објављено"
    assert row(html, "MI-13.durable") == "трајније запослени – нема броја не објављује се"


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("period=2023-05", "Прокупље · мај 2023"),
        ("period=2023&lang=sr-Latn", "Prokuplje · 2023. godina"),
        ("period=to-2023-06&lang=en", "Prokuplje · everything up to 30 June 2023"),
        ("period=&lang=de&utm=x", "Прокупље · 2. квартал 2023"),
    ],
)
async def test_a_reader_chooses_period_and_language(
    reader: httpx.AsyncClient, query: str, title: str
) -> None:
    assert f"<h1>{title}</h1>" in (await reader.get(f"/board/70998?{query}")).text


async def test_the_fragment_has_every_part_of_the_page_that_changes(
    reader: httpx.AsyncClient,
) -> None:
    page = (await reader.get("/board/70998")).text
    numbers = (await reader.get("/board/70998/numbers?period=2023-Q2&lang=sr-Cyrl")).text
    parts = re.compile('data-live="(.*?)"')

    assert parts.findall(page) == parts.findall(numbers)
    assert row(page, "MI-05.registered") == row(numbers, "MI-05.registered")
    assert len(numbers) < len(page) / 2


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("70999", "Прокупље"),
        ("Prokuplje", "Прокупље"),
        ("прокупље", "Прокупље"),
        ("71331", "Ниш"),
        ("RS229", "Прокупље"),
    ],
)
async def test_an_address_without_a_council_links_to_the_nearest(
    reader: httpx.AsyncClient, address: str, name: str
) -> None:
    answer = await reader.get(f"/board/{address}")

    assert answer.status_code == 404
    assert "<h1>Таква табла не постоји</h1>" in answer.text
    assert f">{name}</a>" in answer.text


async def test_an_address_is_never_repeated(reader: httpx.AsyncClient) -> None:
    answer = await reader.get("/board/%3Cscript%3Ealert(1)")

    assert answer.status_code == 404
    assert "alert" not in answer.text


async def test_an_invalid_period_is_explained(reader: httpx.AsyncClient) -> None:
    answer = await reader.get("/board/70998?period=2023-13&lang=sr-Latn")

    assert answer.status_code == 422
    assert "Takav period ne postoji" in answer.text
    assert "2023-Q2" in answer.text


async def test_the_list_links_to_every_council(reader: httpx.AsyncClient) -> None:
    html = (await reader.get("/board", follow_redirects=True)).text

    assert len(set(re.findall(r'href="/board/(\d{5})\?', html))) == 174
    assert "Топлички округ" in html


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_has_security_headers_and_is_not_cached(
    reader: httpx.AsyncClient, path: str
) -> None:
    headers = (await reader.get(path)).headers

    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "set-cookie" not in headers


async def test_the_files_of_a_page_are_cached_by_the_browser(reader: httpx.AsyncClient) -> None:
    html = (await reader.get("/board/70998")).text
    files = re.findall(r'(?:href|src)="(/board/static/[^"]*)"', html)
    answers = [await reader.get(file) for file in files]

    assert [answer.headers["content-type"].partition(";")[0] for answer in answers] == [
        *("image/svg+xml", "text/css", "text/javascript")
    ]
    assert all("immutable" in answer.headers["cache-control"] for answer in answers)
    assert (await reader.get("/board/static/board.py")).status_code == 404
    assert (await reader.get("/board/static/..%2fboard.py")).status_code == 404


async def test_an_unavailable_database_is_reported_as_a_page(june: ReportingHarness) -> None:
    async with browsing(june.context) as client:
        await june.context.pool.close()
        answer = await client.get("/board/70998")

    assert answer.status_code == 503
    assert "Табла тренутно није доступна" in answer.text


async def test_a_stream_for_an_unknown_council_is_refused(reader: httpx.AsyncClient) -> None:
    assert (await reader.get("/board/70999/stream")).status_code == 404


async def test_readers_beyond_the_limit_are_asked_to_retry(june: ReportingHarness) -> None:
    async with browsing(june.context, BoardNotifier(open_boards_max=0)) as client:
        answer = await client.get("/board/70998/stream")

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
