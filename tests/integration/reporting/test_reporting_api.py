"""The HTTP API of reporting: definitions, values, refusals, and what needs the steward's token."""

import pytest

from tests.integration.reporting.conftest import OpenReporting
from tests.integration.reporting.harness import TOKEN, ReportingHarness
from tests.reference.builders import ANA, IVANJICA, NIS, PROKUPLJE, correct, make_event, retract

ENROLLED, MADE = "registration.person.enrolled", "matching.placement.made"
VALUES = "/indicators/MI-13/values"
ASKED = {"place": PROKUPLJE, "period": "2023"}


async def test_the_definitions_have_measures_splits_and_disclosure_classes(
    reporting: ReportingHarness,
) -> None:
    listed = (await reporting.get("/indicators")).json()["indicators"]
    mi13 = next(each for each in listed if each["id"] == "MI-13")
    placed = next(each for each in mi13["measures"] if each["name"] == "placed")

    assert len(listed) == 28
    assert mi13["title"].keys() == {"sr", "en"}
    assert mi13["definition_status"] == "proposed"
    assert (placed["kind"], placed["classes"]["total"]) == ("persons", "A")
    assert (placed["classes"]["sex"], placed["classes"]["group"]) == ("B", "C")
    assert [split["name"] for split in mi13["splits"]] == placed["splits"][1:]
    assert mi13["links"]["values"].startswith(VALUES)


async def test_a_response_with_values_has_the_agreed_shape(reporting: ReportingHarness) -> None:
    await reporting.process(make_event(MADE, "2023-03-02"))
    answer = await reporting.get(VALUES, ASKED | {"layer": "exact", "measure": "placed"}, TOKEN)

    assert answer.json() == {
        "indicator": "MI-13",
        "place": PROKUPLJE,
        "period": "2023",
        "split": "total",
        "layer": "exact",
        "projected_through": "2025-06-01T12:00:00Z",
        "values": [
            {
                "measure": "placed",
                "bucket": "total",
                "value": 1,
                "unit": "persons",
                "state": "value",
            }
        ],
    }


@pytest.mark.parametrize(
    ("path", "changed", "expected"),
    [
        ("/indicators/MI-31/values", {}, (404, "E1504", "MI-13")),
        (VALUES, {"place": "70999"}, (422, "E1503", "70998 Prokuplje")),
        (VALUES, {"place": "Niš"}, (422, "E1503", "79022")),
        (VALUES, {"place": "RS292"}, (422, "E1503", "RS229")),
        (VALUES, {"place": "71331"}, (422, "E1009", "79022")),
        (VALUES, {"place": "80519"}, (422, "E1009", "89010")),
        (VALUES, {"period": "2023-13"}, (422, "E1018", "2023-Q2")),
        (VALUES, {"period": "to-2023"}, (422, "E1018", "to-2023-06")),
        (VALUES, {"split": "sexx"}, (422, "E1505", "sex")),
        (VALUES, {"split": "modality"}, (422, "E1505", "youth")),
        (VALUES, {"measure": "plased"}, (422, "E1505", "placed")),
        (VALUES, {"layer": "raw"}, (422, "E1012", "exact")),
        (
            VALUES,
            {"known": "2023-01-01"},
            (422, "E1010", "place, period, split, measure, layer, as_of"),
        ),
        (VALUES, {"as_of": "2023-01-01T00:00:00Z"}, (422, "E1016", "layer exact")),
        ("/freshness", {}, (422, "E1010", "none")),
        ("/indicators", {"place": PROKUPLJE}, (422, "E1010", "none")),
    ],
)
async def test_an_invalid_request_is_refused_with_the_nearest_valid_values(
    reporting: ReportingHarness, path: str, changed: dict[str, str], expected: tuple[int, str, str]
) -> None:
    status, code, hint = expected
    answer = await reporting.get(path, ASKED | changed)
    problem = answer.json()

    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["code"]) == (status, code)
    assert hint in f"{problem['detail']} {problem['remedy']}"


@pytest.mark.parametrize("missing", ["place", "period"])
async def test_place_and_period_are_required(reporting: ReportingHarness, missing: str) -> None:
    asked = {name: value for name, value in ASKED.items() if name != missing}
    answer = await reporting.get(VALUES, asked)

    assert (answer.status_code, answer.json()["path"]) == (422, f"$query.{missing}")


@pytest.mark.parametrize(
    ("path", "params"),
    [(VALUES, ASKED | {"layer": "exact"}), ("/facts", {"source": "s", "id": "i"})],
)
async def test_exact_numbers_and_facts_need_the_stewards_token_and_every_use_is_audited(
    open_reporting: OpenReporting, path: str, params: dict[str, str]
) -> None:
    reporting, closed = await open_reporting(), await open_reporting(steward_token_file=None)
    statuses = [
        (await each.get(path, params, token)).status_code
        for each, token in (
            (reporting, None),
            (reporting, "x"),
            (closed, TOKEN),
            (reporting, TOKEN),
        )
    ]

    assert statuses[:3] == [401, 401, 403]
    assert statuses[3] in {200, 404}
    outcomes = await reporting.context.pool.fetch("SELECT outcome FROM audit ORDER BY id")
    assert [row["outcome"] for row in outcomes] == ["missing", "wrong", "disabled", "granted"]


async def test_a_fact_is_returned_with_the_entries_that_depend_on_it(
    reporting: ReportingHarness,
) -> None:
    enrolled, made = (
        make_event(ENROLLED, "2023-01-10", ANA, sex="male"),
        make_event(MADE, "2023-03-02", ANA),
    )
    await reporting.process(enrolled, made)
    found = (
        await reporting.get("/facts", {"source": made["source"], "id": made["id"]}, TOKEN)
    ).json()

    assert (found["state"], found["fact"]["data"]["kind"]) == ("counts", "open_ended")
    placed = next(each for each in found["entries"] if each["measure"] == "MI-13.placed")
    assert (placed["on"], placed["municipality"]) == ("2023-03-02", PROKUPLJE)
    assert ["sex", "male"] in placed["buckets"]


async def test_a_fact_is_returned_with_its_state(reporting: ReportingHarness) -> None:
    made = make_event(MADE, "2023-03-02", ANA, id="e-1")
    corrected, other = (
        correct(made, on="2023-04-03"),
        made | {"data": made["data"] | {"sector": "A"}},
    )
    withdrawn = retract(corrected, revision=3)
    unknown = make_event(ENROLLED, "2023-01-10", id="e-9") | {"type": "registration.person.sung.v1"}
    await reporting.process(made, corrected, other, unknown)

    async def state(event_id: str, source: str = made["source"]) -> tuple[str, int]:
        found = await reporting.get("/facts", {"source": source, "id": event_id}, TOKEN)
        return found.json()["state"], len(found.json()["quarantine"])

    assert await state("e-1") == ("superseded", 1)
    assert await state(corrected["id"]) == ("counts", 0)
    assert await state("e-9", unknown["source"]) == ("kept", 0)
    await reporting.process(withdrawn)
    assert await state(corrected["id"]) == ("retracted", 0)
    assert await state(withdrawn["id"]) == ("retraction", 0)


async def test_an_event_that_is_not_projected_is_not_found(reporting: ReportingHarness) -> None:
    found = await reporting.get("/facts", {"source": "/partners/nes", "id": "e-1"}, TOKEN)

    assert (found.status_code, found.json()["code"]) == (404, "E1502")


async def test_totals_of_class_a_are_published_and_the_others_are_denied(
    reporting: ReportingHarness,
) -> None:
    await reporting.process(make_event(MADE, "2023-03-02"))
    rows = (await reporting.get(VALUES, ASKED)).json()["values"]
    shown = {row["measure"]: row for row in rows}

    assert shown["placed"] == {
        "measure": "placed",
        "bucket": "total",
        "value": 1,
        "unit": "persons",
        "state": "value",
    }
    assert {name for name, row in shown.items() if row["state"] == "denied"} == {
        "durable",
        "due",
        "retained",
        "unconfirmed",
    }
    durable = shown["durable"]
    assert (durable["bucket"], durable["value"], durable["code"]) == ("total", None, "E1506")
    assert "steward" in durable["detail"]


@pytest.mark.parametrize("split", ["sex", "group"])
async def test_a_denied_split_names_no_bucket(reporting: ReportingHarness, split: str) -> None:
    await reporting.process(make_event(ENROLLED, "2023-01-10"), make_event(MADE, "2023-03-02"))
    asked = ASKED | {"split": split, "measure": "placed"}
    rows = (await reporting.get(VALUES, asked)).json()["values"]

    assert [(row["bucket"], row["value"], row["state"]) for row in rows] == [(None, None, "denied")]


@pytest.mark.parametrize(("place", "value"), [(PROKUPLJE, 1), (IVANJICA, 0), (NIS, 0), ("RS", 1)])
async def test_published_totals_are_right_before_the_publisher_has_run(
    reporting: ReportingHarness, place: str, value: int
) -> None:
    await reporting.process(make_event(MADE, "2023-03-02"))
    asked = {"place": place, "period": "to-2023-06", "measure": "placed"}
    rows = (await reporting.get(VALUES, asked)).json()["values"]

    assert [(row["value"], row["state"]) for row in rows] == [(value, "value" if value else "zero")]


@pytest.mark.parametrize("path", ["/facts?source=%00&id=e-1", "/explain?x=%00", "/board/%00"])
async def test_u0000_in_a_request_is_refused_before_it_is_read(
    reporting: ReportingHarness, path: str
) -> None:
    answer = await reporting.client.get(path, headers={"Authorization": f"Bearer {TOKEN}"})

    assert (answer.status_code, answer.json()["code"]) == (422, "E1104")
