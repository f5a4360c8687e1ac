"""A closed period after a change of definitions: frozen numbers stay, today's are shown too."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lmc.devstack.local_kafka import LocalKafka
from services.reporting.domain.dimensions import SEX
from services.reporting.domain.indicator import Indicator
from services.reporting.indicators.mi13_placed_and_retained import durable
from services.reporting.projection.batch_handler import Definitions, ProjectionHandler
from services.reporting.releases import workflow
from tests.conftest import MakeTopic
from tests.integration.reporting.closing_users import APPROVER, BACK, MAY, ClosingUsers
from tests.integration.reporting.conftest import NOW, OpenReporting
from tests.integration.reporting.harness import TOKEN
from tests.integration.reporting.rebuilds import project_all, rebuild_and_cut_over
from tests.integration.reporting.topic_log import TopicLog
from tests.reference.builders import ANA, BOBAN, CECA, PROKUPLJE, make_event

MADE = "matching.placement.made"
CLOSED, REVISED = "reporting.period.closed.v1", "reporting.indicator.revised.v1"
OLDER = "UPDATE projection SET definitions_fingerprint = 'older'"
LATER = (NOW + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
PLACED = {"place": PROKUPLJE, "period": MAY, "measure": "placed"}

pytestmark = pytest.mark.timeout(300)


def older(indicator: Indicator) -> Indicator:
    """Return MI-13 as an older program had it: public works are no work, and sex is unknown."""
    if indicator.id != "MI-13":
        return indicator
    measures = [
        replace(each, rule=durable) if each.name == "placed" else each
        for each in indicator.measures
    ]
    unknown = replace(SEX, of=lambda _: ("unknown",))
    splits = [unknown if split.name == "sex" else split for split in indicator.splits]
    return replace(indicator, measures=tuple(measures), splits=tuple(splits))


@dataclass(frozen=True)
class ClosedByOlderProgram:
    """The persons whose period an older program has closed, and the log behind it."""

    closing_users: ClosingUsers
    log: TopicLog

    async def change(self) -> None:
        """Let today's program rebuild, cut over, project from now on, and recheck."""
        reporting = self.closing_users.reporting
        await rebuild_and_cut_over(reporting, self.log)
        reporting.handler = ProjectionHandler(
            Definitions.of(reporting.context.declared), reporting.handler.ids, None
        )
        await self.closing_users.recheck()

    async def comparison(self, token: str | None = None) -> Mapping[tuple[str, str, str], Any]:
        """Return the frozen numbers next to today's, by measure, split and bucket."""
        release = await self.closing_users.comparison(token=token)
        return {
            (row["measure"], row["split"], row["bucket"]): row
            for row in release["values"]
            if row["state"] != "denied"
        }


@pytest.fixture
async def closed(
    open_reporting: OpenReporting,
    kafka: LocalKafka,
    make_topic: MakeTopic,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> ClosedByOlderProgram:
    """Close May by a program that did not know MI-05, and had another MI-13."""
    file = tmp_path / "approver"
    file.write_text(APPROVER)
    reporting = await open_reporting(approver_token_file=file)
    mine = reporting.handler.definitions
    catalogue = tuple(older(each) for each in mine.catalogue if each.id != "MI-05")
    await reporting.context.pool.execute(OLDER)
    reporting.handler = ProjectionHandler(
        replace(mine, catalogue=catalogue, fingerprint=b"older"), reporting.handler.ids, None
    )
    log = TopicLog(kafka.bootstrap, (await make_topic("closed-definitions", 3),), 3)
    log.publish(
        event
        for code in (ANA, BOBAN)
        for event in (
            make_event(BACK, "2023-05-02", code, id=f"back-{code}"),
            make_event(MADE, "2023-05-10", code, id=code, kind="public_works"),
        )
    )
    await project_all(reporting, log)
    closing_users = ClosingUsers(reporting)
    with monkeypatch.context() as program:
        program.setattr(workflow, "definitions_fingerprint", lambda: b"older")
        program.setattr(workflow, "catalogue", lambda _: catalogue)
        await closing_users.close()
    return ClosedByOlderProgram(closing_users, log)


async def test_frozen_numbers_stay_and_are_shown_next_to_todays(
    closed: ClosedByOlderProgram,
) -> None:
    await closed.change()
    response = await closed.closing_users.reporting.get("/indicators/MI-13/values", PLACED)
    (total,) = response.json()["values"]
    seen = [await closed.comparison(), await closed.comparison(TOKEN)]
    parts = {key[2]: row for key, row in seen[1].items() if key[:2] == ("durable", "sex")}

    assert (total["value"], total["frozen"]) == (2, 0)
    for release in seen:
        row = release["placed", "total", "total"]
        assert (row["frozen"], row["value"], row["reasons"]) == (0, 2, ["definition"])
    assert parts == {}
    placed = {key[2]: row for key, row in seen[1].items() if key[:2] == ("placed", "sex")}
    assert {bucket: row["reasons"] for bucket, row in placed.items()} == {"female": ["definition"]}


async def test_an_indicator_defined_later_is_revised_too(closed: ClosedByOlderProgram) -> None:
    await closed.change()
    for token in (None, TOKEN):
        row = (await closed.comparison(token))["registered", "total", "total"]

        assert (row["frozen"], row["value"], row["reasons"]) == (None, 2, ["definition"])


async def test_each_revised_indicator_is_published_once(closed: ClosedByOlderProgram) -> None:
    before = await closed.closing_users.published_events()
    await closed.change()
    await closed.closing_users.recheck()
    after = await closed.closing_users.published_events()

    assert [kind for kind, _ in before] == [CLOSED]
    assert [(kind, data["indicator"], data["version"]) for kind, data in after[1:]] == [
        (REVISED, "MI-05", 1),
        (REVISED, "MI-13", 1),
    ]


async def test_a_late_fact_after_a_change_of_definitions_is_a_further_reason(
    closed: ClosedByOlderProgram,
) -> None:
    await closed.change()
    late = make_event(MADE, "2023-05-12", CECA, kind="public_works", recordedtime=LATER)
    await closed.closing_users.reporting.process(late)
    await closed.closing_users.recheck()
    reasons = [
        (await closed.comparison(token))["placed", "total", "total"]["reasons"]
        for token in (None, TOKEN)
    ]

    assert reasons == [["definition", "late"]] * 2


async def test_a_late_fact_alone_is_no_change_of_definitions(closed: ClosedByOlderProgram) -> None:
    await closed.change()
    late = make_event(MADE, "2023-05-12", CECA, kind="open_ended", recordedtime=LATER)
    await closed.closing_users.reporting.process(late)
    await closed.closing_users.recheck()
    durable_now = (await closed.comparison(TOKEN))["durable", "total", "total"]

    assert (durable_now["frozen"], durable_now["value"]) == (0, 1)
    assert durable_now["reasons"] == ["late"]


async def test_closed_again_the_next_version_follows_the_new_definitions(
    closed: ClosedByOlderProgram,
) -> None:
    await closed.change()
    await closed.closing_users.reopen(reason="definition")
    await closed.closing_users.close()
    await closed.closing_users.recheck()
    release = await closed.closing_users.comparison(token=TOKEN)

    assert (release["release"]["version"], release["is_revised"]) == (2, False)
    assert [kind for kind, _ in await closed.closing_users.published_events()].count(REVISED) == 2
