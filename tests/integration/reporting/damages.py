"""Damages to a projected database: how each is undone, and which tables it concerns."""

from dataclasses import dataclass

from tests.reference.builders import IVANJICA, NIS, PROKUPLJE

PLACED, BACK = "MI-13.placed", "MI-05.registered"
MEASURES = (PLACED, "MI-13.due", BACK, "PI-03.persons")
PLACES = (PROKUPLJE, IVANJICA, NIS, "RS229", "RS225", "RS")
PERIODS = ("2023-03", "2023-04", "2023", "to-2023-03")
Cell = tuple[str, str, str]

ONE = """
SELECT ctid FROM entry
WHERE measure = (SELECT id FROM measure WHERE name = 'MI-13.placed')
  AND subject = (SELECT canonical_id FROM subject WHERE code = (SELECT subject FROM fact
                                                        WHERE event_id = 'made'))
  AND on_date = '2023-03-02'
LIMIT 1
"""


def cells(
    measures: tuple[str, ...], places: tuple[str, ...], periods: tuple[str, ...]
) -> set[Cell]:
    return {(m, place, period) for m in measures for place in places for period in periods}


@dataclass(frozen=True)
class Damage:
    """One damage: how it is done and undone, and what must be found and withheld."""

    done: str
    undone: str
    withheld: frozenset[Cell]
    discrepancies: frozenset[str]


HERE = (PROKUPLJE, "RS229", "RS")
MARCH = ("2023-03", "2023", "to-2023-03")
THE_CELL = frozenset(cells((PLACED,), HERE, MARCH))
THE_TYPE = frozenset(cells((PLACED, "MI-13.due"), HERE, PERIODS))
DAMAGES = {
    "an entry is deleted": Damage(
        "CREATE TABLE spare AS SELECT * FROM entry WHERE ctid = (ONE);"
        " DELETE FROM entry WHERE ctid = (ONE)",
        "INSERT INTO entry SELECT * FROM spare",
        THE_CELL,
        frozenset({"subject"}),
    ),
    "an entry is added": Damage(
        "INSERT INTO entry SELECT * FROM entry WHERE ctid = (ONE)",
        "DELETE FROM entry WHERE ctid = (ONE)",
        THE_CELL,
        frozenset({"subject"}),
    ),
    "an amount is changed": Damage(
        "UPDATE entry SET amount = 2 WHERE ctid = (ONE)",
        "UPDATE entry SET amount = 1 WHERE ctid = (ONE)",
        THE_CELL,
        frozenset({"subject"}),
    ),
    "an entry has an unknown subject": Damage(
        "CREATE TABLE spare AS SELECT * FROM entry WHERE ctid = (ONE);"
        " UPDATE entry SET subject = 999999 WHERE ctid = (ONE)",
        "UPDATE entry SET subject = spare.subject FROM spare WHERE entry.subject = 999999",
        THE_CELL,
        frozenset({"subject", "unknown_subject"}),
    ),
    "a fact is changed": Damage(
        "CREATE TABLE spare AS SELECT * FROM fact WHERE event_id = 'made';"
        " UPDATE fact SET data = data || '{\"sector\": \"A\"}' WHERE event_id = 'made'",
        "UPDATE fact SET data = spare.data FROM spare WHERE fact.event_id = 'made'",
        THE_TYPE,
        frozenset({"subject", "record"}),
    ),
    "a fact cannot be read": Damage(
        "CREATE TABLE spare AS SELECT * FROM fact WHERE event_id = 'made';"
        " UPDATE fact SET data = data - 'on' WHERE event_id = 'made'",
        "UPDATE fact SET data = spare.data FROM spare WHERE fact.event_id = 'made'",
        THE_TYPE,
        frozenset({"subject", "record"}),
    ),
    "a fact is deleted": Damage(
        "CREATE TABLE spare AS SELECT * FROM fact WHERE event_id = 'made';"
        " DELETE FROM fact WHERE event_id = 'made'",
        "INSERT INTO fact SELECT * FROM spare",
        THE_TYPE,
        frozenset({"subject", "record"}),
    ),
    "a report is deleted": Damage(
        "CREATE TABLE spare AS SELECT * FROM fact WHERE event_id = 'report';"
        " DELETE FROM fact WHERE event_id = 'report'",
        "INSERT INTO fact SELECT * FROM spare",
        frozenset(cells(MEASURES, HERE, PERIODS)),
        frozenset({"record"}),
    ),
    "a published report has no fact": Damage(
        "INSERT INTO published.reported (organisation, domain, place, through)"
        " VALUES ('o-matis', 'matching', '70998', '2023-03-15')",
        "DELETE FROM published.reported WHERE organisation = 'o-matis'",
        frozenset(cells((PLACED, "MI-13.due"), HERE, MARCH)),
        frozenset({"reports"}),
    ),
    "a merge is missing": Damage(
        "CREATE TABLE spare AS SELECT * FROM subject;"
        " UPDATE subject SET canonical_id = id WHERE code = 'p-0hhhhhhhhhhhhhhhhhhhhhhhhh'",
        "UPDATE subject SET canonical_id = spare.canonical_id FROM spare"
        " WHERE subject.id = spare.id",
        THE_CELL | cells(("MI-13.due",), HERE, ("2023",)),
        frozenset({"subject"}),
    ),
    "a record is counted as another": Damage(
        "CREATE TABLE spare AS SELECT * FROM position;"
        " UPDATE position SET applied = applied - 1, ignored = ignored + 1 WHERE applied > 0",
        "UPDATE position SET applied = spare.applied, ignored = spare.ignored FROM spare"
        " WHERE (position.topic, position.partition) = (spare.topic, spare.partition)",
        frozenset(cells(MEASURES, PLACES, PERIODS)),
        frozenset({"partition", "fact_count"}),
    ),
    "the topic was created again": Damage(
        "UPDATE position SET topic_id = 'x' || topic_id",
        "UPDATE position SET topic_id = substr(topic_id, 2)",
        frozenset(cells(MEASURES, PLACES, PERIODS)),
        frozenset({"topic"}),
    ),
}
