"""Training's SQL: the facts of persons, the courses announced, and who waits for one."""

from collections.abc import Sequence

from runtime.fact import Facts
from runtime.ledger import Ledger
from runtime.postgres import Connection
from schemas.envelope import Envelope
from schemas.event import Event
from schemas.territory import council_of
from services.training import model
from services.training.model import Course, Waiting

_FORGET_WAITING = "DELETE FROM waiting WHERE person = $1"
_WAIT = """
INSERT INTO waiting (person, municipality, council, since) VALUES ($1, $2, $3, $4)
"""
_WAITING = """
SELECT person, municipality, since
FROM waiting
WHERE $1::text IS NULL OR council = $1
ORDER BY since, person
LIMIT $2
"""
_ANNOUNCE = """
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


class Book:
    """What training knows, inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.ledger = Ledger(connection)
        self._connection = connection

    async def admit(self, said: Envelope[Event]) -> None:
        """Raise Refusal if a fact of ours contradicts what we have said or announced before."""
        if said.data is not None:
            facts = await self.ledger.facts(said.subject, said.identity)
            course = await self.course(getattr(said.data, "course", ""))
            model.admit(facts, said.data, course)

    async def note(self, state: Envelope[Event]) -> None:
        """Keep the state of a fact, and the person's place on the waiting list with it."""
        await self.ledger.lock(state.subject)
        if await self.ledger.keep(state):
            await self._list(state.subject, await self.ledger.facts(state.subject))

    async def forget(self, last: Envelope[Event], reason: str | None = None) -> None:
        """Keep nothing of a person who is erased, whatever is told later."""
        if await self.ledger.forget(last, reason):
            await self._list(last.subject, ())

    async def waiting(self, council: str | None, rows_max: int) -> Sequence[Waiting]:
        """Who waits for a course, the longest first."""
        rows = await self._connection.fetch(_WAITING, council, rows_max)
        return [Waiting(**row) for row in rows]

    async def announce(self, course: Course) -> None:
        """Add a course to the catalogue, or change it."""
        await self._connection.execute(
            _ANNOUNCE,
            *(course.code, course.kind, course.trade),
            *(course.municipality, council_of(course.municipality), course.starts_on),
        )

    async def course(self, code: str) -> Course | None:
        """The course announced under this code."""
        row = await self._connection.fetchrow(_COURSE, code)
        return None if row is None else Course(**row)

    async def courses(self, council: str | None, rows_max: int) -> Sequence[Course]:
        """The courses announced, the newest first."""
        rows = await self._connection.fetch(_COURSES, council, rows_max)
        return [Course(**row) for row in rows]

    async def _list(self, person: str, facts: Facts) -> None:
        await self._connection.execute(_FORGET_WAITING, person)
        waits = model.waiting(facts)
        if waits is not None:
            place = (waits.municipality, council_of(waits.municipality))
            await self._connection.execute(_WAIT, person, *place, waits.since)
