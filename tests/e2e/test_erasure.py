"""A person is erased on a whole stack: no door shows her again, and no number changes."""

import itertools
import json
import stat
from collections import defaultdict
from collections.abc import Iterator

import httpx
import pytest

from lmc.child import await_true
from lmc.postgres import LocalPostgres
from lmc.stack import SERVICE_PORTS, Service
from tests.e2e.town import Asked, Town, answer
from tests.reference.plain import Event
from tests.reference.tell import PROKUPLJE, correct, retract, say

CODE, VACANCY = f"p-7{'e' * 25}", f"v-7{'e' * 25}"
FACTID, COURSE = "erased-canary-fact", "erased-canary-course"
SOURCE, OTHER = "/partners/nes", "/partners/technical-school"
SHOWN_S = 60
ERASE = ("erase", CODE, "--reason", "consent_withdrawn")

MADE = say(
    "matching.placement.made", "2017-03-20", CODE, source=SOURCE, id="erased-job", factid=FACTID
)
STORY = [
    say("registration.returnee.registered", "2017-01-10", CODE, source=SOURCE, id="erased-return"),
    say("registration.needs.assessed", "2017-02-01", CODE, source=SOURCE, needs=["training"]),
    say("matching.jobseeker.registered", "2017-03-02", CODE, source=SOURCE, occupation="7531"),
    say("training.course.completed", "2017-03-05", CODE, source=SOURCE, course=COURSE),
    say("matching.vacancy.opened", "2017-03-01", VACANCY, source=SOURCE),
    MADE,
    say("matching.placement.made", "2017-03-23", CODE, source=OTHER, factid=f"{FACTID}-2"),
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
"""What is asked for where a door has a parameter of this name; of others, 1 in the path."""
FURTHER: list[dict[str, str]] = [
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

Door = tuple[str, str]


def stored(town: Town) -> str:
    """Every entry and every subject, as text."""
    server = LocalPostgres(town.up.stack.folder.postgres, town.up.stack.ports.postgres)
    return server.run_sql(TABLES, database="lmc")


def client_of(town: Town, service: Service) -> httpx.Client:
    """Somebody with the key that opens this service's doors."""
    stack = town.up.stack
    key = stack.steward_token_file if service == "reporting" else stack.operator_key_file
    headers = {"authorization": f"Bearer {key.read_text().strip()}"}
    return httpx.Client(base_url=stack.url(service), headers=headers, timeout=60, trust_env=False)


def asked(
    path: str, described: dict[str, list[dict[str, str]]]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Every way in which a door is asked: its address and its parameters."""
    names = [each["name"] for each in described.get("parameters", ()) if each["name"] in GIVEN]
    for values in itertools.product(*(GIVEN[name] for name in names)):
        given = dict(zip(names, values, strict=True))
        here = {name: value for name, value in given.items() if f"{{{name}}}" in path}
        for further in FURTHER:
            yield (
                path.format_map(defaultdict(lambda: "1", here)),
                {n: v for n, v in given.items() if n not in here} | further,
            )


def showing(town: Town) -> set[Door]:
    """Those of all GET doors of all services whose answer tells something of the person."""
    found: set[Door] = set()
    for service in SERVICE_PORTS:
        with client_of(town, service) as client:
            for path, methods in client.get("/openapi.json").json()["paths"].items():
                if "get" not in methods or "stream" in path:
                    continue
                for address, params in asked(path, methods["get"]):
                    told = client.get(address, params=params)
                    assert told.status_code < 500, (address, told.text)
                    if any(canary in told.text for canary in (CODE, FACTID, COURSE)):
                        found.add((service, path))
    return found


@pytest.fixture(scope="module")
def shown(town: Town) -> set[Door]:
    """What showed the person before she was erased."""
    emitted = town.emit(map(unstamped, STORY), "--wait")
    assert set(emitted.statuses) == {"accepted"}, emitted.receipts
    await_true(lambda: showing(town) >= SHOWING, SHOWN_S)
    return showing(town)


@pytest.fixture(scope="module")
def erased(town: Town, shown: set[Door]) -> dict[str, str]:
    """What `lmc erase` printed, when no door shows her any more."""
    assert shown >= SHOWING
    done = town.run(*ERASE)
    assert done.returncode == 0, done.stderr
    await_true(lambda: not showing(town), SHOWN_S)
    said: dict[str, str] = json.loads(done.stdout)
    return said


def unstamped(event: Event) -> Event:
    return {name: value for name, value in event.items() if name != "recordedtime"}


@pytest.mark.usefixtures("shown")
def test_after_an_erasure_no_door_shows_her_and_no_number_has_changed(
    town: Town, request: pytest.FixtureRequest
) -> None:
    table = Asked("MI-13", PROKUPLJE, "2017")
    with town.steward() as steward:
        numbers, rows = answer(steward, table), stored(town)
        request.getfixturevalue("erased")

        assert showing(town) == set()
        assert answer(steward, table) == numbers
        assert stored(town) == rows


def test_told_again_it_gives_the_same_answer(town: Town, erased: dict[str, str]) -> None:
    assert json.loads(town.run(*ERASE).stdout) == erased


def test_neither_late_facts_nor_a_retraction_of_the_erasure_bring_her_back(
    town: Town, erased: dict[str, str]
) -> None:
    named = {name: erased[name] for name in ("factid", "id", "source")}
    erasure = say("registration.person.erased", erased["recordedtime"][:10], CODE, **named)
    late = [correct(MADE, on="2017-04-02"), retract(erasure)]
    emitted = town.emit(map(unstamped, late), "--wait")

    assert set(emitted.statuses) == {"accepted"}, emitted.receipts
    assert showing(town) == set()


def test_the_proof_agrees_and_the_promise_stands_in_a_file_of_its_own(
    town: Town, erased: dict[str, str]
) -> None:
    verified = town.run("verify")
    file = town.up.stack.erasures_file

    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [json.loads(line)["id"] for line in file.read_text().splitlines()] == [erased["id"]]


@pytest.mark.usefixtures("erased")
def test_a_rebuild_brings_nobody_back_and_agrees(town: Town) -> None:
    with town.steward() as steward:
        numbers = answer(steward, Asked("MI-13", PROKUPLJE, "2017"))
        rebuilt = town.run("rebuild")

        assert rebuilt.returncode == 0, rebuilt.stdout + rebuilt.stderr
        assert showing(town) == set()
        assert answer(steward, Asked("MI-13", PROKUPLJE, "2017")) == numbers


def test_a_code_nobody_spoke_of_is_not_erased_by_a_slip(town: Town) -> None:
    done = town.run("erase", f"p-8{'f' * 25}", "--reason", "objection")

    assert (done.returncode, done.stdout) == (2, "")
    assert "Nothing is known of this code" in done.stderr
