"""Registration's lists: due follow-ups, and what is known of a person."""

from http import HTTPStatus

from services.registration.model import SOURCE
from tests.integration.services.builders import (
    NIS,
    NIS_MEDIJANA,
    PERSON,
    PROKUPLJE,
    body_of,
    corrected,
    person,
    placed,
    published,
    retracted,
    returned,
    visited,
)
from tests.integration.services.conftest import Opened

DUE = "/followups?until=2023-12-31"


async def test_a_return_reported_by_a_partner_plans_its_followups(registration: Opened) -> None:
    await registration.consume(published(returned("2022-12-10")))

    assert await registration.get(DUE) == [
        {
            "person": PERSON,
            "month": month,
            "due_on": due_on,
            "municipality": PROKUPLJE,
            "is_open": True,
            "placed_on": None,
        }
        for month, due_on in ((6, "2023-06-10"), (12, "2023-12-10"))
    ]


async def test_by_default_the_list_shows_what_is_due_today(registration: Opened) -> None:
    await registration.consume(
        published(returned("2022-12-15")), published(returned("2022-12-16"), person(2))
    )

    assert [row["due_on"] for row in await registration.get("/followups")] == ["2023-06-15"]


async def test_the_list_of_a_city_holds_those_of_its_municipalities(registration: Opened) -> None:
    await registration.consume(
        published(returned("2022-12-10", municipality=NIS_MEDIJANA), person(1)),
        published(returned("2022-12-10"), person(2)),
    )
    rows = await registration.get(f"{DUE}&municipality={NIS}")

    assert {row["person"] for row in rows} == {person(1)}


async def test_new_work_is_shown_on_the_open_followups(registration: Opened) -> None:
    await registration.consume(published(returned("2022-12-10")), published(placed("2023-03-02")))

    assert {row["placed_on"] for row in await registration.get(DUE)} == {"2023-03-02"}


async def test_a_visit_over_http_closes_the_followup_of_a_partners_return(
    registration: Opened,
) -> None:
    await registration.consume(published(returned("2022-12-10")))
    await registration.client.post(
        f"/persons/{PERSON}/followups", json=body_of(visited("2023-06-12"))
    )

    assert [row["month"] for row in await registration.get(DUE)] == [12]


async def test_a_retracted_return_removes_its_followups(registration: Opened) -> None:
    start = published(returned("2022-12-10"))
    await registration.consume(start, retracted(start))

    assert await registration.get(DUE) == []


async def test_a_corrected_return_moves_its_followups(registration: Opened) -> None:
    start = published(returned("2022-12-10"))
    await registration.consume(start, corrected(start, returned("2022-11-10")))

    assert [row["due_on"] for row in await registration.get(DUE)] == ["2023-05-10", "2023-11-10"]


async def test_consuming_its_own_events_changes_nothing(registration: Opened) -> None:
    await registration.client.post(
        "/returnees", json=body_of(returned("2022-12-10")), headers={"Idempotency-Key": "form-1"}
    )
    before = await registration.get(DUE)
    await registration.consume(*await registration.outbox())

    assert await registration.get(DUE) == before


async def test_consuming_an_older_event_of_its_own_does_not_undo_the_correction(
    registration: Opened,
) -> None:
    reported = await registration.client.post(
        "/returnees", json=body_of(returned("2022-12-10")), headers={"Idempotency-Key": "form-1"}
    )
    await registration.client.put(
        f"/facts/{reported.json()['factid']}", json=body_of(returned("2022-11-10"))
    )
    await registration.consume((await registration.outbox())[0])

    assert [row["due_on"] for row in await registration.get(DUE)] == ["2023-05-10", "2023-11-10"]


async def test_a_persons_state_derives_from_all_known_facts(registration: Opened) -> None:
    reported = await registration.client.post(
        f"/returnees?subject={PERSON}", json=body_of(returned("2022-12-10", residence=NIS))
    )
    await registration.client.post(
        f"/persons/{PERSON}/consents",
        json={"on": "2022-12-10", "purpose": "statistics", "text_version": "v1-2022"},
    )
    answer = (await registration.client.get(f"/persons/{PERSON}")).json()

    assert answer["state"]["block"]["sex"] == "female"
    assert answer["state"]["residence"] == NIS
    assert answer["state"]["consents"] == {"statistics": True}
    assert [plan["month"] for plan in answer["followups"]] == [6, 12]
    assert answer["facts"][0] == {
        "source": SOURCE,
        "type": "registration.returnee.registered.v1",
        "factid": reported.json()["factid"],
        "revision": 1,
        "on": "2022-12-10",
    }


async def test_an_unknown_person_is_not_found(registration: Opened) -> None:
    answer = await registration.client.get(f"/persons/{PERSON}")

    assert (answer.status_code, answer.json()["code"]) == (HTTPStatus.NOT_FOUND, "E1502")


async def test_a_contradiction_is_answered_by_a_problem_and_nothing_is_stored(
    registration: Opened,
) -> None:
    died = body_of(visited("2023-05-10", whereabouts="died", activity="unknown"))
    await registration.client.post(f"/persons/{PERSON}/followups", json=died)
    answer = await registration.client.post(
        f"/persons/{PERSON}/moves",
        json={"on": "2023-06-01", "municipality": PROKUPLJE, "residence": NIS},
    )

    assert (answer.status_code, answer.json()["code"]) == (HTTPStatus.CONFLICT, "E1302")
    assert len(await registration.outbox()) == 1


async def test_a_death_entered_in_error_can_itself_be_corrected(registration: Opened) -> None:
    died = body_of(visited("2023-05-10", whereabouts="died", activity="unknown"))
    reported = await registration.client.post(f"/persons/{PERSON}/followups", json=died)
    answer = await registration.client.put(
        f"/facts/{reported.json()['factid']}", json=body_of(visited("2023-05-11"))
    )

    assert answer.status_code == HTTPStatus.OK
