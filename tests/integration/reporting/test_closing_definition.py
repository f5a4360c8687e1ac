"""A closed period after a change of definitions: frozen numbers stay, today's stand beside them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lmc.kafka import LocalKafka
from services.reporting.closing import steps
from services.reporting.counting.dimensions import SEX
from services.reporting.counting.indicator import Indicator
from services.reporting.folding.worker import Definitions, Worker
from services.reporting.indicators.mi13_placed_and_retained import durable
from tests.conftest import MakeTopic
from tests.integration.reporting.closing import APPROVER, BACK, MAY, Office
from tests.integration.reporting.conftest import NOW, OpenDesk
from tests.integration.reporting.desk import TOKEN
from tests.integration.reporting.log import Log
from tests.integration.reporting.rebuilt import fold_all, rebuilt
from tests.reference.tell import ANA, BOBAN, CECA, PROKUPLJE, say

MADE = "matching.placement.made"
CLOSED, REVISED = "reporting.period.closed.v1", "reporting.indicator.revised.v1"
OLDER = "UPDATE projection SET catalogue_digest = 'older'"
LATER = (NOW + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
PLACED = {"place": PROKUPLJE, "period": MAY, "measure": "placed"}

pytestmark = pytest.mark.timeout(300)


def older(indicator: Indicator) -> Indicator:
    """MI-13 as an older program had it: public works are no work, and nobody's sex is known."""
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
class Changed:
    """An office whose period an older program has closed, and the log behind it."""

    office: Office
    log: Log

    async def change(self) -> None:
        """Let today's program rebuild, change over, fold from now on, and compare."""
        desk = self.office.desk
        await rebuilt(desk, self.log)
        desk.worker = Worker(Definitions.of(desk.context.declared), desk.worker.names, None)
        await self.office.look()

    async def beside(self, token: str | None = None) -> Mapping[tuple[str, str, str], Any]:
        """The frozen numbers beside those of now, by measure, split and bucket."""
        told = await self.office.beside(token=token)
        return {
            (row["measure"], row["split"], row["bucket"]): row
            for row in told["values"]
            if row["state"] != "denied"
        }


@pytest.fixture
async def closed(
    open_desk: OpenDesk,
    kafka: LocalKafka,
    make_topic: MakeTopic,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Changed:
    """May as it was closed by a program that knew no MI-05, and another MI-13."""
    file = tmp_path / "approver"
    file.write_text(APPROVER)
    desk = await open_desk(approver_token_file=file)
    mine = desk.worker.definitions
    catalogue = tuple(older(each) for each in mine.catalogue if each.id != "MI-05")
    await desk.context.pool.execute(OLDER)
    desk.worker = Worker(
        replace(mine, catalogue=catalogue, digest=b"older"), desk.worker.names, None
    )
    log = Log(kafka.bootstrap, (await make_topic("closed-definitions", 3),), 3)
    log.tell(
        event
        for code in (ANA, BOBAN)
        for event in (
            say(BACK, "2023-05-02", code, id=f"back-{code}"),
            say(MADE, "2023-05-10", code, id=code, kind="public_works"),
        )
    )
    await fold_all(desk, log)
    office = Office(desk)
    with monkeypatch.context() as program:
        program.setattr(steps, "catalogue_digest", lambda: b"older")
        program.setattr(steps, "catalogue", lambda _: catalogue)
        await office.close()
    return Changed(office, log)


async def test_what_was_frozen_stays_and_stands_beside_what_is_counted_now(closed: Changed) -> None:
    await closed.change()
    answer = await closed.office.desk.ask("/indicators/MI-13/values", PLACED)
    (total,) = answer.json()["values"]
    seen = [await closed.beside(), await closed.beside(TOKEN)]
    parts = {key[2]: row for key, row in seen[1].items() if key[:2] == ("durable", "sex")}

    assert (total["value"], total["frozen"]) == (2, 0)
    for told in seen:
        row = told["placed", "total", "total"]
        assert (row["frozen"], row["value"], row["reasons"]) == (0, 2, ["definition"])
    assert parts == {}
    placed = {key[2]: row for key, row in seen[1].items() if key[:2] == ("placed", "sex")}
    assert {bucket: row["reasons"] for bucket, row in placed.items()} == {"female": ["definition"]}


async def test_an_indicator_that_was_not_there_yet_is_revised_too(closed: Changed) -> None:
    await closed.change()
    for token in (None, TOKEN):
        row = (await closed.beside(token))["registered", "total", "total"]

        assert (row["frozen"], row["value"], row["reasons"]) == (None, 2, ["definition"])


async def test_each_indicator_is_said_to_be_revised_once(closed: Changed) -> None:
    before = await closed.office.said()
    await closed.change()
    await closed.office.look()
    after = await closed.office.said()

    assert [kind for kind, _ in before] == [CLOSED]
    assert [(kind, data["indicator"], data["version"]) for kind, data in after[1:]] == [
        (REVISED, "MI-05", 1),
        (REVISED, "MI-13", 1),
    ]


async def test_a_late_fact_after_a_change_of_definitions_is_a_reason_beside_it(
    closed: Changed,
) -> None:
    await closed.change()
    late = say(MADE, "2023-05-12", CECA, kind="public_works", recordedtime=LATER)
    await closed.office.desk.fold(late)
    await closed.office.look()
    reasons = [
        (await closed.beside(token))["placed", "total", "total"]["reasons"]
        for token in (None, TOKEN)
    ]

    assert reasons == [["definition", "late"]] * 2


async def test_a_late_fact_alone_is_no_change_of_definitions(closed: Changed) -> None:
    await closed.change()
    late = say(MADE, "2023-05-12", CECA, kind="open_ended", recordedtime=LATER)
    await closed.office.desk.fold(late)
    await closed.office.look()
    durable_now = (await closed.beside(TOKEN))["durable", "total", "total"]

    assert (durable_now["frozen"], durable_now["value"]) == (0, 1)
    assert durable_now["reasons"] == ["late"]


async def test_closed_again_the_next_version_follows_the_new_definitions(closed: Changed) -> None:
    await closed.change()
    await closed.office.reopen(reason="definition")
    await closed.office.close()
    await closed.office.look()
    told = await closed.office.beside(token=TOKEN)

    assert (told["release"]["version"], told["is_revised"]) == (2, False)
    assert [kind for kind, _ in await closed.office.said()].count(REVISED) == 2
