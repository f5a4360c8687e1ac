"""Who is told what of a number, and what cannot be explained."""

import pytest

from tests.integration.reporting.desk import TOKEN, Desk
from tests.integration.reporting.doubting import cast
from tests.integration.reporting.opening import ASKED, explained
from tests.reference.tell import ANA, BOBAN, PROKUPLJE, say

ENROLLED, MADE = "registration.person.enrolled", "matching.placement.made"


async def test_others_see_what_is_published_and_that_parts_are_not(desk: Desk) -> None:
    await desk.fold(say(MADE, "2023-03-02", source="/partners/nes"), say(MADE, "2023-04-02", BOBAN))
    nobody = await desk.ask("/explain", ASKED)
    told = nobody.json()
    (by_sex,) = (await desk.ask("/explain", ASKED | {"split": "sex", "measure": "placed"})).json()[
        "values"
    ]

    assert [(row["measure"], row["state"]) for row in told["values"]][:2] == [
        ("placed", "value"),
        ("durable", "denied"),
    ]
    assert {part["code"] for part in told["parts"]} == {"E1506"}
    assert [part["measure"] for part in told["parts"]] == [row["measure"] for row in told["values"]]
    assert "entries" not in told
    assert "nes" not in nobody.text
    assert (by_sex["bucket"], by_sex["code"]) == (None, "E1506")


@pytest.mark.parametrize("bucket", ["female", "nobody"])
async def test_whether_a_bucket_exists_is_told_to_nobody(desk: Desk, bucket: str) -> None:
    await desk.fold(say(ENROLLED, "2023-01-10"), say(MADE, "2023-03-02"))
    told = await desk.ask("/explain", ASKED | {"split": "sex", "bucket": bucket})

    assert {(row["bucket"], row["state"]) for row in told.json()["values"]} == {(None, "denied")}
    assert len(told.json()["parts"]) == 5


async def test_one_bucket_is_explained_by_its_own_entries(desk: Desk) -> None:
    await desk.fold(
        say(ENROLLED, "2023-01-10", ANA),
        say(ENROLLED, "2023-01-10", BOBAN, sex="male"),
        say(MADE, "2023-03-02", ANA),
        say(MADE, "2023-03-02", BOBAN),
    )
    told = await explained(desk, measure="placed", split="sex", bucket="male")
    none = await explained(desk, measure="placed", split="sex", bucket="not_stated")

    assert [(row["bucket"], row["value"]) for row in told["values"]] == [("male", 1)]
    assert [entry["subject"] for entry in told["entries"]["items"]] == [BOBAN]
    assert [(row["value"], row["state"]) for row in none["values"]] == [(0, "zero")]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"indicator": "MI-31"}, (404, "E1504", "$path.indicator")),
        ({"place": "70999"}, (422, "E1503", "$query.place")),
        ({"bucket": "female"}, (422, "E1016", "$query.bucket")),
        ({"until": "2023-06-30T22:00:00Z"}, (422, "E1016", "$query.until")),
        ({"since": "2030-06-30T22:00:00Z"}, (422, "E1016", "$query.since")),
        ({"since": "yesterday"}, (422, "E1012", "$query.since")),
        ({"since": "2023-06-30T22:00:00Z", "split": "sex"}, (422, "E1011", "$query.bucket")),
        ({"after": "7"}, (422, "E1012", "$query.after")),
        ({"after": "placed:2023-02-31:1"}, (422, "E1012", "$query.after")),
        ({"limit": "1001"}, (422, "E1013", "$query.limit")),
        ({"known_at": "2023-06-30T22:00:00Z"}, (422, "E1010", "$query.known_at")),
    ],
)
async def test_what_cannot_be_explained_is_refused_with_its_place(
    desk: Desk, asked: dict[str, str], expected: tuple[int, str, str]
) -> None:
    answer = await desk.ask("/explain", ASKED | asked, TOKEN)
    problem = answer.json()

    assert (answer.status_code, problem["code"], problem["path"]) == expected


async def test_of_a_number_in_doubt_nothing_is_told(desk: Desk) -> None:
    await desk.fold(say(MADE, "2023-03-02"))
    await cast(desk, "MI-13.placed", PROKUPLJE)
    now = await explained(desk)
    since = await explained(desk, since="2020-06-30T22:00:00Z")

    assert [row["state"] for row in now["values"] if row["measure"] == "placed"] == ["withheld"]
    assert {entry["measure"] for entry in now["entries"]["items"]} == {
        *("durable", "due", "unconfirmed")
    }
    assert "placed" not in {part["measure"] for part in now["parts"]}
    assert "placed" not in {number["measure"] for number in since["change"]["numbers"]}


async def test_every_explanation_of_the_steward_is_audited(desk: Desk) -> None:
    await desk.ask("/explain", ASKED, TOKEN)
    await desk.ask("/explain", ASKED, "another token")
    since = await desk.ask("/explain", ASKED | {"since": "2023-06-30T22:00:00Z"})
    audit = await desk.context.pool.fetch("SELECT route, outcome FROM audit ORDER BY id")

    assert since.status_code == 401
    assert [tuple(row) for row in audit] == [
        ("/explain", "granted"),
        ("/explain", "wrong"),
        ("/explain", "missing"),
    ]
