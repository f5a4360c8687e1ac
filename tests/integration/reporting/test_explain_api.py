"""Who gets what from `GET /explain`, and which queries are refused."""

import pytest

from tests.integration.reporting.explanations import PARAMS, explain
from tests.integration.reporting.harness import TOKEN, ReportingHarness
from tests.integration.reporting.holds import add_hold
from tests.reference.builders import ANA, BOBAN, PROKUPLJE, make_event

ENROLLED, MADE = "registration.person.enrolled", "matching.placement.made"


async def test_others_see_what_is_published_and_that_parts_are_not(
    reporting: ReportingHarness,
) -> None:
    await reporting.process(
        make_event(MADE, "2023-03-02", source="/partners/nes"),
        make_event(MADE, "2023-04-02", BOBAN),
    )
    nobody = await reporting.get("/explain", PARAMS)
    body = nobody.json()
    (by_sex,) = (
        await reporting.get("/explain", PARAMS | {"split": "sex", "measure": "placed"})
    ).json()["values"]

    assert [(row["measure"], row["state"]) for row in body["values"]][:2] == [
        ("placed", "value"),
        ("durable", "denied"),
    ]
    assert {part["code"] for part in body["parts"]} == {"E1506"}
    assert [part["measure"] for part in body["parts"]] == [row["measure"] for row in body["values"]]
    assert "entries" not in body
    assert "nes" not in nobody.text
    assert (by_sex["bucket"], by_sex["code"]) == (None, "E1506")


@pytest.mark.parametrize("bucket", ["female", "nobody"])
async def test_whether_a_bucket_exists_is_not_revealed(
    reporting: ReportingHarness, bucket: str
) -> None:
    await reporting.process(make_event(ENROLLED, "2023-01-10"), make_event(MADE, "2023-03-02"))
    body = await reporting.get("/explain", PARAMS | {"split": "sex", "bucket": bucket})

    assert {(row["bucket"], row["state"]) for row in body.json()["values"]} == {(None, "denied")}
    assert len(body.json()["parts"]) == 5


async def test_one_bucket_is_explained_by_its_own_entries(reporting: ReportingHarness) -> None:
    await reporting.process(
        make_event(ENROLLED, "2023-01-10", ANA),
        make_event(ENROLLED, "2023-01-10", BOBAN, sex="male"),
        make_event(MADE, "2023-03-02", ANA),
        make_event(MADE, "2023-03-02", BOBAN),
    )
    body = await explain(reporting, measure="placed", split="sex", bucket="male")
    none = await explain(reporting, measure="placed", split="sex", bucket="not_stated")

    assert [(row["bucket"], row["value"]) for row in body["values"]] == [("male", 1)]
    assert [entry["subject"] for entry in body["entries"]["items"]] == [BOBAN]
    assert [(row["value"], row["state"]) for row in none["values"]] == [(0, "zero")]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"indicator": "MI-31"}, (404, "E1504", "$path.indicator")),
        ({"place": "70999"}, (422, "E1503", "$query.place")),
        ({"bucket": "female"}, (422, "E1016", "$query.bucket")),
        ({"until": "2023-06-30T22:00:00Z"}, (422, "E1016", "$query.until")),
        ({"since": "2930-06-30T22:00:00Z"}, (422, "E1002", "$query.since")),
        ({"since": "yesterday"}, (422, "E1012", "$query.since")),
        ({"since": "2023-06-30T22:00:00Z", "split": "sex"}, (422, "E1011", "$query.bucket")),
        ({"after": "7"}, (422, "E1012", "$query.after")),
        ({"after": "placed:2023-02-31:1"}, (422, "E1012", "$query.after")),
        ({"limit": "1001"}, (422, "E1013", "$query.limit")),
        ({"as_of": "2023-06-30T22:00:00Z"}, (422, "E1010", "$query.as_of")),
    ],
)
async def test_an_invalid_query_is_refused_with_its_parameter(
    reporting: ReportingHarness, params: dict[str, str], expected: tuple[int, str, str]
) -> None:
    response = await reporting.get("/explain", PARAMS | params, TOKEN)
    problem = response.json()

    assert (response.status_code, problem["code"], problem["path"]) == expected


async def test_a_withheld_number_is_not_explained(reporting: ReportingHarness) -> None:
    await reporting.process(make_event(MADE, "2023-03-02"))
    await add_hold(reporting, "MI-13.placed", PROKUPLJE)
    now = await explain(reporting)
    since = await explain(reporting, since="2020-06-30T22:00:00Z")

    assert [row["state"] for row in now["values"] if row["measure"] == "placed"] == ["withheld"]
    assert {entry["measure"] for entry in now["entries"]["items"]} == {
        *("durable", "due", "unconfirmed")
    }
    assert "placed" not in {part["measure"] for part in now["parts"]}
    assert "placed" not in {number["measure"] for number in since["change"]["numbers"]}


async def test_every_explanation_of_the_steward_is_audited(reporting: ReportingHarness) -> None:
    await reporting.get("/explain", PARAMS, TOKEN)
    await reporting.get("/explain", PARAMS, "another token")
    since = await reporting.get("/explain", PARAMS | {"since": "2023-06-30T22:00:00Z"})
    audit = await reporting.context.pool.fetch("SELECT route, outcome FROM audit ORDER BY id")

    assert since.status_code == 401
    assert [tuple(row) for row in audit] == [
        ("/explain", "granted"),
        ("/explain", "wrong"),
        ("/explain", "missing"),
    ]
