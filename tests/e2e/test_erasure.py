"""Tests of an erasure on a full stack: no endpoint shows the person, and no number changes."""

import itertools
import json
import stat
from collections import defaultdict
from collections.abc import Iterator

import httpx
import pytest

from lmc.devstack.local_postgres import LocalPostgres
from lmc.devstack.stack import SERVICE_PORTS, Service
from tests.e2e.live_stack import LiveStack, ValuesRequest, read_table
from tests.reference.builders import PROKUPLJE, correct, make_event, retract
from tests.reference.shapes import Event
from tests.waiting import wait_until

CODE, VACANCY = f"p-7{'e' * 25}", f"v-7{'e' * 25}"
FACTID, COURSE = "erased-canary-fact", "erased-canary-course"
SOURCE, OTHER = "/partners/nes", "/partners/technical-school"
SHOWN_S = 60
ERASE = ("erase", CODE, "--reason", "consent_withdrawn")

MADE = make_event(
    "matching.placement.made", "2017-03-20", CODE, source=SOURCE, id="erased-job", factid=FACTID
)
STORY = [
    make_event(
        "registration.returnee.registered", "2017-01-10", CODE, source=SOURCE, id="erased-return"
    ),
    make_event(
        "registration.needs.assessed", "2017-02-01", CODE, source=SOURCE, needs=["training"]
    ),
    make_event(
        "matching.jobseeker.registered", "2017-03-02", CODE, source=SOURCE, occupation="7531"
    ),
    make_event("training.course.completed", "2017-03-05", CODE, source=SOURCE, course=COURSE),
    make_event("matching.vacancy.opened", "2017-03-01", VACANCY, source=SOURCE),
    MADE,
    make_event("matching.placement.made", "2017-03-23", CODE, source=OTHER, factid=f"{FACTID}-2"),
]
GIVEN = {
    "person": [CODE],
    "subject": [CODE],
    "code": [CODE],
    "factid": [FACTID],
    "event_id": ["erased-job", "erased-return"],
    "id": ["erased-job", "erased-return"],
    "source": [SOURCE],
    "indicator": ["MI-13"],
    "measure": ["placed"],
    "place": [PROKUPLJE],
    "municipality": [PROKUPLJE],
    "period": ["2017"],
}
"""Values for endpoint parameters by name; other path parameters are 1."""
MORE_PARAMS: list[dict[str, str]] = [
    {},
    {"until": "2030-01-01"},
    {"layer": "exact"},
    {"since": "2020-01-01T00:00:00Z"},
]
SHOWING = {
    ("registration", "/followups"),
    ("registration", "/persons/{person}"),
    ("training", "/waiting"),
    ("matching", "/jobseekers"),
    ("matching", "/checks"),
    ("reporting", "/facts"),
    ("reporting", "/explain"),
    ("reporting", "/duplicates"),
}
TABLES = """
SELECT entry::text FROM reporting.entry ORDER BY 1;
SELECT subject::text FROM reporting.subject ORDER BY 1;
"""

Endpoint = tuple[str, str]


def stored(live: LiveStack) -> str:
    """Return every entry and every subject, as text."""
    server = LocalPostgres(live.up.stack.data_dir.postgres, live.up.stack.ports.postgres)
    return server.run_sql(TABLES, database="lmc")


def client_of(live: LiveStack, service: Service) -> httpx.Client:
    """Return a client with the key that this service accepts."""
    stack = live.up.stack
    key = stack.steward_token_file if service == "reporting" else stack.operator_key_file
    headers = {"authorization": f"Bearer {key.read_text().strip()}"}
    return httpx.Client(base_url=stack.url(service), headers=headers, timeout=60, trust_env=False)


def requests_to(
    path: str, described: dict[str, list[dict[str, str]]]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield every request to an endpoint: its path and its parameters."""
    names = [each["name"] for each in described.get("parameters", ()) if each["name"] in GIVEN]
    for values in itertools.product(*(GIVEN[name] for name in names)):
        given = dict(zip(names, values, strict=True))
        here = {name: value for name, value in given.items() if f"{{{name}}}" in path}
        for more in MORE_PARAMS:
            yield (
                path.format_map(defaultdict(lambda: "1", here)),
                {n: v for n, v in given.items() if n not in here} | more,
            )


def showing(live: LiveStack) -> set[Endpoint]:
    """Return the GET endpoints of all services whose response shows anything of the person."""
    found: set[Endpoint] = set()
    for service in SERVICE_PORTS:
        with client_of(live, service) as client:
            for path, methods in client.get("/openapi.json").json()["paths"].items():
                if "get" not in methods or "stream" in path:
                    continue
                for address, params in requests_to(path, methods["get"]):
                    response = client.get(address, params=params)
                    assert response.status_code < 500, (address, response.text)
                    if any(canary in response.text for canary in (CODE, FACTID, COURSE)):
                        found.add((service, path))
    return found


@pytest.fixture(scope="module")
def shown(live: LiveStack) -> set[Endpoint]:
    """The endpoints that show the person before the erasure."""
    emitted = live.emit(map(without_recordedtime, STORY), "--wait")
    assert set(emitted.statuses) == {"accepted"}, emitted.results
    wait_until(lambda: showing(live) >= SHOWING, SHOWN_S)
    return showing(live)


@pytest.fixture(scope="module")
def erased(live: LiveStack, shown: set[Endpoint]) -> dict[str, str]:
    """The output of `lmc erase`, when no endpoint shows the person any more."""
    assert shown >= SHOWING
    done = live.run(*ERASE)
    assert done.returncode == 0, done.stderr
    wait_until(lambda: not showing(live), SHOWN_S)
    erasure: dict[str, str] = json.loads(done.stdout)
    return erasure


def without_recordedtime(event: Event) -> Event:
    return {name: value for name, value in event.items() if name != "recordedtime"}


@pytest.mark.usefixtures("shown")
def test_after_an_erasure_no_endpoint_shows_the_person_and_no_number_has_changed(
    live: LiveStack, request: pytest.FixtureRequest
) -> None:
    table = ValuesRequest("MI-13", PROKUPLJE, "2017")
    with live.steward() as steward:
        numbers, rows = read_table(steward, table), stored(live)
        request.getfixturevalue("erased")

        assert showing(live) == set()
        assert read_table(steward, table) == numbers
        assert stored(live) == rows


def test_a_repeated_erasure_gives_the_same_answer(live: LiveStack, erased: dict[str, str]) -> None:
    assert json.loads(live.run(*ERASE).stdout) == erased


def test_neither_late_facts_nor_a_retraction_of_the_erasure_undo_it(
    live: LiveStack, erased: dict[str, str]
) -> None:
    named = {name: erased[name] for name in ("factid", "id", "source")}
    erasure = make_event("registration.person.erased", erased["recordedtime"][:10], CODE, **named)
    late = [correct(MADE, on="2017-04-02"), retract(erasure)]
    emitted = live.emit(map(without_recordedtime, late), "--wait")

    assert set(emitted.statuses) == {"accepted"}, emitted.results
    assert showing(live) == set()


def test_the_reconciliation_agrees_and_the_erasure_is_in_its_own_file(
    live: LiveStack, erased: dict[str, str]
) -> None:
    verified = live.run("verify")
    file = live.up.stack.erasures_file

    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [json.loads(line)["id"] for line in file.read_text().splitlines()] == [erased["id"]]


@pytest.mark.usefixtures("erased")
def test_a_rebuild_undoes_no_erasure_and_agrees(live: LiveStack) -> None:
    with live.steward() as steward:
        numbers = read_table(steward, ValuesRequest("MI-13", PROKUPLJE, "2017"))
        rebuilt = live.run("rebuild")

        assert rebuilt.returncode == 0, rebuilt.stdout + rebuilt.stderr
        assert showing(live) == set()
        assert read_table(steward, ValuesRequest("MI-13", PROKUPLJE, "2017")) == numbers


def test_an_unknown_code_is_not_erased_by_mistake(live: LiveStack) -> None:
    done = live.run("erase", f"p-8{'f' * 25}", "--reason", "objection")

    assert (done.returncode, done.stdout) == (2, "")
    assert "Nothing is known of this code" in done.stderr
