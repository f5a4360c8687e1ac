"""What intake answers and keeps, for one event and for many."""

import asyncio

import httpx

from runtime.context import Context
from tests.integration.intake.conftest import OPERATOR_KEY, MakeEvent, Post


async def enqueued(intake: Context) -> list[str]:
    """The ids in the outbox, in order."""
    rows = await intake.pool.fetch("SELECT event_id FROM outbox ORDER BY id")
    return [row["event_id"] for row in rows]


async def test_an_accepted_event_is_receipted_and_in_the_outbox(
    intake: Context, post: Post, client: httpx.AsyncClient, placed: MakeEvent
) -> None:
    answer = await post(placed(id="e-7"))

    receipt = await client.get(
        "/receipts/e-7?source=/partners/nes", headers={"authorization": f"Bearer {OPERATOR_KEY}"}
    )
    assert answer.status_code == 202
    assert answer.json() == {"results": [{"id": "e-7", "status": "accepted"}]}
    assert await enqueued(intake) == ["e-7"]
    assert receipt.json()["status"] == "accepted"


async def test_an_event_that_is_sent_again_is_a_duplicate_and_enqueued_once(
    intake: Context, post: Post, placed: MakeEvent
) -> None:
    await post(placed(id="e-7"))

    answer = await post(placed({"after": []}, id="e-7", time="2024-01-01T00:00:00Z"))

    assert answer.status_code == 202
    assert answer.json()["results"][0]["status"] == "duplicate"
    assert await enqueued(intake) == ["e-7"]


async def test_the_same_id_with_other_content_is_a_conflict_that_names_the_difference(
    intake: Context, post: Post, placed: MakeEvent
) -> None:
    await post(placed(id="e-7"))

    answer = await post(placed({"sector": "C"}, id="e-7"))

    assert answer.status_code == 409
    assert answer.json()["code"] == "E1301"
    assert answer.json()["path"] == "$.data.sector"
    assert await enqueued(intake) == ["e-7"]


async def test_a_refused_event_may_be_corrected_and_sent_again(
    intake: Context, post: Post, placed: MakeEvent
) -> None:
    refused = await post(placed({"municipality": "70999"}, id="e-7"))

    answer = await post(placed(id="e-7"))

    assert refused.status_code == 422
    assert refused.json()["code"] == "E1003"
    assert "70998" in refused.json()["detail"]
    assert answer.status_code == 202
    assert await enqueued(intake) == ["e-7"]


async def test_a_batch_is_answered_event_by_event_in_its_order(
    intake: Context, post: Post, placed: MakeEvent
) -> None:
    wrong = placed({"kind": "publik_works"}, id="e-2")
    twice = placed(id="e-1")
    other = placed({"sector": "C"}, id="e-1")

    answer = await post([placed(id="e-1"), wrong, twice, other, placed(id="e-3")])

    results = answer.json()["results"]
    assert answer.status_code == 202
    assert [(each["id"], each["status"], each.get("code")) for each in results] == [
        ("e-1", "accepted", None),
        ("e-2", "refused", "E1001"),
        ("e-1", "duplicate", None),
        ("e-1", "refused", "E1301"),
        ("e-3", "accepted", None),
    ]
    assert await enqueued(intake) == ["e-1", "e-3"]


async def test_a_dry_run_answers_the_same_and_keeps_nothing(
    intake: Context, post: Post, placed: MakeEvent
) -> None:
    events = [placed(id="e-1"), placed({"on": "1999-12-31"}, id="e-2"), placed(id="e-1")]

    dry = await post(events, query="?dry_run=true")
    kept = await enqueued(intake)
    answered = await post(events)

    assert dry.status_code == 200
    assert dry.json() == answered.json()
    assert kept == []


async def test_an_event_in_many_concurrent_requests_is_enqueued_once(
    intake: Context, post: Post, placed: MakeEvent
) -> None:
    event = placed(id="e-7")
    others = [placed(id=f"o-{n}") for n in range(5)]

    answers = await asyncio.gather(
        *(post([event, *others]) for _ in range(5)), *(post([*others, event]) for _ in range(5))
    )

    statuses = [result["status"] for each in answers for result in each.json()["results"]]
    assert sorted(await enqueued(intake)) == sorted(["e-7", *(f"o-{n}" for n in range(5))])
    assert statuses.count("accepted") == 6
    assert statuses.count("duplicate") == 54


async def test_personal_data_are_refused_and_not_repeated(
    intake: Context, post: Post, placed: MakeEvent
) -> None:
    answer = await post([placed(id="0710003730015", factid="f-1"), placed(id="e-1")])

    result = answer.json()["results"][0]
    assert result["code"] == "E1201"
    assert result["id"] is None
    assert "0710003730015" not in answer.text
    assert await enqueued(intake) == ["e-1"]


async def test_a_confirmation_without_its_placement_is_accepted_with_a_note(
    post: Post, placed: MakeEvent
) -> None:
    data = {"on": "2023-09-01", "municipality": "70998", "programmes": [], "placement": "pl-1"}
    confirmed = placed(type="matching.employment.confirmed.v1") | {
        "data": data | {"evidence": "register"}
    }

    early = await post(confirmed)
    await post(placed(factid="pl-1"))
    late = await post(confirmed | {"id": "e-9"})

    assert "no such placement" in early.json()["results"][0]["detail"]
    assert "detail" not in late.json()["results"][0]


async def test_an_event_larger_than_64_kib_is_refused_as_too_large(
    post: Post, placed: MakeEvent
) -> None:
    answer = await post(placed(correlationid="x" * 70_000))

    assert answer.status_code == 413
    assert answer.json()["code"] == "E1103"
