"""Training's SQL: the facts of persons, the courses announced, and who waits for one."""

from collections.abc import Sequence

from runtime.storage.fact import Facts
from runtime.storage.fact_store import FactStore
from runtime.storage.pool import Connection
from schemas.envelope import Envelope
from schemas.events.event import Event
from schemas.territory import council_of
from services.training import model
from services.training.model import Course, WaitingPerson

_DELETE_WAITING = "DELETE FROM waiting WHERE person = $1"
_INSERT_WAITING = """
INSERT INTO waiting (person, municipality, council, since) VALUES ($1, $2, $3, $4)
"""
_WAITING = """
SELECT person, municipality, since
FROM waiting
WHERE $1::text IS NULL OR council = $1
ORDER BY since, person
LIMIT $2
"""
_UPSERT_COURSE = """
INSERT INTO course (code, kind, trade, municipality, council, starts_on)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (code) DO UPDATE
SET kind = EXCLUDED.kind,
    trade = EXCLUDED.trade,
    municipality = EXCLUDED.municipality,
    council = EXCLUDED.council,
    starts_on = EXCLUDED.starts_on
"""
_COURSE = "SELECT code, kind, trade, municipality, starts_on FROM course WHERE code = $1"
_COURSES = """
SELECT code, kind, trade, municipality, starts_on
FROM course
WHERE $1::text IS NULL OR council = $1
ORDER BY starts_on DESC, code
LIMIT $2
"""


class TrainingRepository:
    """What training knows, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.facts = FactStore(connection)
        self._connection = connection

    async def validate(self, event: Envelope[Event]) -> None:
        """Raise Refusal if a fact of this service contradicts its own facts or courses."""
        if event.data is not None:
            facts = await self.facts.of_subject(event.subject, without=event.identity)
            course = await self.course(getattr(event.data, "course", ""))
            model.validate(facts, event.data, course)

    async def apply(self, event: Envelope[Event]) -> None:
        """Store the state of a fact, and update the person's row of the waiting list."""
        await self.facts.lock(event.subject)
        if await self.facts.upsert(event):
            await self._replace_waiting(event.subject, await self.facts.of_subject(event.subject))

    async def erase(self, event: Envelope[Event], reason: str | None = None) -> None:
        """Delete all about an erased person, for good, whatever is consumed later."""
        if await self.facts.erase(event, reason):
            await self._replace_waiting(event.subject, ())

    async def waiting(self, council: str | None, rows_max: int) -> Sequence[WaitingPerson]:
        """Return who waits for a course, the longest waiting first."""
        rows = await self._connection.fetch(_WAITING, council, rows_max)
        return [WaitingPerson(**row) for row in rows]

    async def announce(self, course: Course) -> None:
        """Add a course to the announced ones, or change it."""
        await self._connection.execute(
            _UPSERT_COURSE,
            *(course.code, course.kind, course.trade),
            *(course.municipality, council_of(course.municipality), course.starts_on),
        )

    async def course(self, code: str) -> Course | None:
        """Return the course announced with this code."""
        row = await self._connection.fetchrow(_COURSE, code)
        return None if row is None else Course(**row)

    async def courses(self, council: str | None, rows_max: int) -> Sequence[Course]:
        """Return the announced courses, the newest first."""
        rows = await self._connection.fetch(_COURSES, council, rows_max)
        return [Course(**row) for row in rows]

    async def _replace_waiting(self, person: str, facts: Facts) -> None:
        await self._connection.execute(_DELETE_WAITING, person)
        waiting = model.waiting(facts)
        if waiting is not None:
            territory = (waiting.municipality, council_of(waiting.municipality))
            await self._connection.execute(_INSERT_WAITING, person, *territory, waiting.since)
