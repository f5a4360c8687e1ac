"""What intake answers and keeps, for one event and for many."""

import asyncio

import httpx

from runtime.context import Context
from tests.integration.intake.conftest import OPERATOR_KEY, MakeEvent, Post


def noted(answer: httpx.Response) -> list[str]:
    """The codes of the notes of the first event."""
    return [note["code"] for note in answer.json()["results"][0].get("notes", [])]


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
    [result] = answer.json()["results"]
    assert (result["id"], result["status"]) == ("e-7", "accepted")
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

    assert "N1002" in noted(early)
    assert "N1002" not in noted(late)


async def test_an_event_larger_than_64_kib_is_refused_as_too_large(
    post: Post, placed: MakeEvent
) -> None:
    answer = await post(placed(correlationid="x" * 70_000))

    assert answer.status_code == 413
    assert answer.json()["code"] == "E1103"


async def test_other_content_of_a_revision_is_refused_and_a_correction_accepted(
    intake: Context, post: Post, placed: MakeEvent
) -> None:
    await post(placed(id="e-1", factid="f-1"))

    contested = await post(placed({"sector": "C"}, id="e-2", factid="f-1"))
    corrected = await post(placed({"sector": "C"}, id="e-2", factid="f-1", revision=2))

    assert contested.status_code == 409
    assert contested.json()["code"] == "E1303"
    assert "write 2" in contested.json()["remedy"]
    assert corrected.status_code == 202
    assert await enqueued(intake) == ["e-1", "e-2"]


async def test_a_request_is_judged_in_its_order_and_a_refused_event_never_was(
    intake: Context, post: Post, placed: MakeEvent
) -> None:
    events = [
        placed(id="e-1", factid="f-1"),
        placed({"sector": "C"}, id="e-2", factid="f-1"),
        placed({"sector": "C"}, id="e-2", factid="f-1"),
        placed(id="e-3", factid="f-1", revision=2, subject=f"p-{'0' * 26}"),
        placed({"sector": "C"}, id="e-2", factid="f-1", revision=2),
    ]

    dry = await post(events, query="?dry_run=true")
    answer = await post(events)

    results = answer.json()["results"]
    assert dry.json() == answer.json()
    assert [(each["status"], each.get("code")) for each in results] == [
        ("accepted", None),
        ("refused", "E1303"),
        ("refused", "E1303"),
        ("refused", "E1304"),
        ("accepted", None),
    ]
    assert await enqueued(intake) == ["e-1", "e-2"]


async def test_a_receipt_keeps_its_notes(
    post: Post, client: httpx.AsyncClient, placed: MakeEvent
) -> None:
    answer = await post(placed(id="e-7"))
    receipt = await client.get(
        "/receipts/e-7?source=/partners/nes", headers={"authorization": f"Bearer {OPERATOR_KEY}"}
    )

    assert noted(answer) == ["N1006"]
    assert receipt.json()["notes"] == answer.json()["results"][0]["notes"]


async def test_all_faults_of_an_event_are_answered_alone_in_a_batch_and_in_a_dry_run(
    post: Post, placed: MakeEvent
) -> None:
    wrong = placed({"kind": "publik_works", "sector": "Z"}, revision=0)

    alone = await post(wrong)
    dry = await post(wrong, query="?dry_run=true")
    batch = await post([wrong])

    paths = [each["path"] for each in alone.json()["problems"]]
    assert paths == ["$.revision", "$.data.kind", "$.data.sector"]
    assert (dry.status_code, dry.json()) == (alone.status_code, alone.json())
    assert batch.json()["results"][0]["problems"] == alone.json()["problems"]


async def test_an_accepted_event_is_answered_alike_with_and_without_a_dry_run(
    post: Post, placed: MakeEvent
) -> None:
    event = placed(id="e-7")

    dry = await post(event, query="?dry_run=true")
    answer = await post(event)

    assert (dry.status_code, answer.status_code) == (200, 202)
    assert dry.json() == answer.json()


async def test_a_wrong_content_type_is_answered_with_415(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/events",
        content=b"{}",
        headers={"content-type": "text/plain", "authorization": f"Bearer {OPERATOR_KEY}"},
    )

    assert (answer.status_code, answer.json()["code"]) == (415, "E1513")
    assert "application/cloudevents+json" in answer.json()["detail"]


async def test_an_event_in_binary_mode_is_the_same_event(
    client: httpx.AsyncClient, post: Post, placed: MakeEvent
) -> None:
    event = placed(id="e-7", revision=2, factid="f-1")
    attributes = {f"ce-{name}": str(value) for name, value in event.items() if name != "data"}
    del attributes["ce-datacontenttype"]
    headers = attributes | {"authorization": f"Bearer {OPERATOR_KEY}"}

    binary = await client.post("/events", json=event["data"], headers=headers)
    again = await post(event)

    assert binary.json()["results"][0]["status"] == "accepted"
    assert again.json()["results"][0]["status"] == "duplicate"
