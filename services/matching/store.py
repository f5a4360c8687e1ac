"""Matching's SQL: the facts of persons and vacancies, and the lists that follow from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import asyncpg

from runtime.fact import Facts
from runtime.ledger import Ledger
from runtime.postgres import Connection
from schemas.envelope import Envelope
from schemas.event import Event
from schemas.territory import council_of
from services.matching import model, placements
from services.matching.model import Jobseeker, Proposal, Vacancy
from services.matching.placements import Check

NEAR_MAX = 200  # of what fits, in the model's order: the few that it takes are among them

_FORGET_JOBSEEKER = "DELETE FROM jobseeker WHERE person = $1"
_KEEP_JOBSEEKER = """
INSERT INTO jobseeker (person, council, since, occupations, near, declined)
VALUES ($1, $2, $3, $4, $5, $6)
"""
_JOBSEEKER = """
SELECT person, council, since, occupations, declined FROM jobseeker WHERE person = $1
"""
_JOBSEEKERS = """
SELECT person, council, since, occupations, declined
FROM jobseeker
WHERE $1::text IS NULL OR council = $1
ORDER BY since, person
LIMIT $2
"""
_JOBSEEKERS_NEAR = """
SELECT person, council, since, occupations, declined
FROM jobseeker
WHERE council = $1
  AND left($2, 2) = ANY (near)
  AND NOT EXISTS (
      SELECT FROM proposal
      WHERE proposal.person = jobseeker.person AND proposal.vacancy = $3
  )
ORDER BY $2 <> ALL (occupations), since, person
LIMIT $4
"""
_FORGET_VACANCY = "DELETE FROM vacancy WHERE code = $1"
_KEEP_VACANCY = """
INSERT INTO vacancy
    (code, municipality, council, occupation, positions, opened_on, closed_on, outcome)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_VACANCY = """
SELECT code, municipality, occupation, positions, opened_on, closed_on, outcome
FROM vacancy
WHERE code = $1
"""
_VACANCIES = """
SELECT code, municipality, occupation, positions, opened_on, closed_on, outcome
FROM vacancy
WHERE closed_on IS NULL AND ($1::text IS NULL OR council = $1)
ORDER BY opened_on DESC, code
LIMIT $2
"""
_VACANCIES_NEAR = """
SELECT code, municipality, occupation, positions, opened_on, closed_on, outcome
FROM vacancy
WHERE closed_on IS NULL
  AND council = $1
  AND left(occupation, 2) = ANY ($2::text[])
  AND code <> ALL ($4::text[])
ORDER BY occupation <> ALL ($3::text[]), opened_on DESC, code
LIMIT $5
"""
_KEEP_PROPOSAL = """
INSERT INTO proposal (person, vacancy, proposed_on) VALUES ($1, $2, $3)
"""
_FORGET_PROPOSALS = "DELETE FROM proposal WHERE person = $1"
_PROPOSED = "SELECT vacancy FROM proposal WHERE person = $1 AND vacancy = ANY ($2::text[])"
_STANDING = """
SELECT person, vacancy, rank, municipality, occupation, proposed_on
FROM (
    SELECT
        proposal.person,
        proposal.vacancy,
        row_number() OVER (
            PARTITION BY proposal.person
            ORDER BY
                vacancy.occupation <> ALL (jobseeker.occupations),
                vacancy.opened_on DESC,
                vacancy.code
        ) AS rank,
        vacancy.municipality,
        vacancy.occupation,
        proposal.proposed_on
    FROM proposal
    JOIN jobseeker ON jobseeker.person = proposal.person
    JOIN vacancy ON vacancy.code = proposal.vacancy
    WHERE ($1::text IS NULL OR jobseeker.person = $1)
      AND ($2::text IS NULL OR jobseeker.council = $2)
      AND vacancy.closed_on IS NULL
      AND vacancy.council = jobseeker.council
      AND left(vacancy.occupation, 2) = ANY (jobseeker.near)
      AND vacancy.code <> ALL (jobseeker.declined)
) AS standing
WHERE rank <= $3
ORDER BY person, rank
LIMIT $4
"""
_FORGET_CHECKS = "DELETE FROM employment_check WHERE person = $1"
_KEEP_CHECK = """
INSERT INTO employment_check
    (person, placement_source, placement, municipality, council, due_on, first_on, last_on)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_CHECKS_DUE = """
SELECT person, placement_source, placement, municipality, due_on, first_on, last_on
FROM employment_check
WHERE due_on <= $1 AND ($2::text IS NULL OR council = $2)
ORDER BY due_on, person, placement_source, placement
LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """A proposal that was said and whose both sides still want it; rank 1 fits best."""

    person: str
    vacancy: str
    rank: int
    municipality: str
    occupation: str
    proposed_on: date


class Book:
    """What matching knows, inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.ledger = Ledger(connection)
        self._connection = connection

    async def admit(self, said: Envelope[Event]) -> None:
        """Raise Refusal if a fact of ours contradicts what we know."""
        if said.data is not None:
            facts = await self.ledger.facts(said.subject, said.identity)
            named: str | None = getattr(said.data, "vacancy", None)
            model.admit(
                *(facts, said.data, await self.vacancy(named or "")),
                is_proposed=bool(await self.proposed(said.subject, [named or ""])),
            )

    async def note(self, state: Envelope[Event]) -> None:
        """Keep the state of a fact, and the lists that its subject stands in."""
        await self.ledger.lock(state.subject)
        if await self.ledger.keep(state):
            await self._list(state.subject, await self.ledger.facts(state.subject))

    async def forget(self, last: Envelope[Event], reason: str | None = None) -> None:
        """Keep nothing of a person who is erased, whatever is told later; what was said stands."""
        if await self.ledger.forget(last, reason):
            await self._list(last.subject, ())
            await self._connection.execute(_FORGET_PROPOSALS, last.subject)

    async def meet(self, council: str) -> None:
        """Wait for whoever brings the two sides of a council together; held until the end.

        Without it a person and a vacancy that come at the same moment would not see each other.
        """
        await self.ledger.lock(f"m-{council}")

    async def jobseeker(self, person: str) -> Jobseeker | None:
        """The person as jobseeker, if she seeks work."""
        row = await self._connection.fetchrow(_JOBSEEKER, person)
        return None if row is None else _jobseeker(row)

    async def jobseekers(self, council: str | None, rows_max: int) -> list[Jobseeker]:
        """Who seeks work, the longest first."""
        rows = await self._connection.fetch(_JOBSEEKERS, council, rows_max)
        return [_jobseeker(row) for row in rows]

    async def jobseekers_near(self, vacancy: Vacancy) -> list[Jobseeker]:
        """Who seeks work like this in its council and has not heard of it."""
        rows = await self._connection.fetch(
            _JOBSEEKERS_NEAR, vacancy.council, vacancy.occupation, vacancy.code, NEAR_MAX
        )
        return [_jobseeker(row) for row in rows]

    async def vacancy(self, code: str) -> Vacancy | None:
        """The vacancy, open or closed."""
        row = await self._connection.fetchrow(_VACANCY, code)
        return None if row is None else Vacancy(**row)

    async def vacancies(self, council: str | None, rows_max: int) -> list[Vacancy]:
        """The open vacancies, the newest first."""
        rows = await self._connection.fetch(_VACANCIES, council, rows_max)
        return [Vacancy(**row) for row in rows]

    async def vacancies_near(self, seeker: Jobseeker) -> list[Vacancy]:
        """The open vacancies of a near occupation where the person seeks work."""
        rows = await self._connection.fetch(
            _VACANCIES_NEAR,
            *(seeker.council, model.near(seeker.occupations), seeker.occupations),
            *(seeker.declined, NEAR_MAX),
        )
        return [Vacancy(**row) for row in rows]

    async def proposed(self, person: str, vacancies: Sequence[str]) -> set[str]:
        """Those of the vacancies that were proposed to a person."""
        rows = await self._connection.fetch(_PROPOSED, person, vacancies)
        return {row["vacancy"] for row in rows}

    async def propose(self, proposals: Sequence[Proposal], on: date) -> None:
        """Remember what is about to be said."""
        await self._connection.executemany(
            _KEEP_PROPOSAL,
            [(proposal.person, proposal.vacancy.code, on) for proposal in proposals],
        )

    async def standing(
        self, person: str | None, council: str | None, rows_max: int
    ) -> list[Standing]:
        """The proposals that still stand, for each person the few best."""
        rows = await self._connection.fetch(
            _STANDING, person, council, model.PROPOSALS_MAX, rows_max
        )
        return [Standing(**row) for row in rows]

    async def checks_due(self, until: date, council: str | None, rows_max: int) -> list[Check]:
        """The jobs to be confirmed that are due by a day, the longest due first."""
        rows = await self._connection.fetch(_CHECKS_DUE, until, council, rows_max)
        return [Check(**row) for row in rows]

    async def _list(self, subject: str, facts: Facts) -> None:
        if subject.startswith("v-"):
            await self._list_vacancy(subject, model.vacancy(facts))
        else:
            await self._list_jobseeker(subject, model.jobseeker(facts))
            await self._list_checks(subject, placements.checks(facts))

    async def _list_jobseeker(self, person: str, seeker: Jobseeker | None) -> None:
        await self._connection.execute(_FORGET_JOBSEEKER, person)
        if seeker is not None:
            await self._connection.execute(
                _KEEP_JOBSEEKER,
                *(seeker.person, seeker.council, seeker.since),
                *(seeker.occupations, model.near(seeker.occupations), seeker.declined),
            )

    async def _list_vacancy(self, code: str, vacancy: Vacancy | None) -> None:
        await self._connection.execute(_FORGET_VACANCY, code)
        if vacancy is not None:
            await self._connection.execute(
                _KEEP_VACANCY,
                *(vacancy.code, vacancy.municipality, vacancy.council),
                *(vacancy.occupation, vacancy.positions),
                *(vacancy.opened_on, vacancy.closed_on, vacancy.outcome),
            )

    async def _list_checks(self, person: str, checks: Sequence[Check]) -> None:
        await self._connection.execute(_FORGET_CHECKS, person)
        await self._connection.executemany(
            _KEEP_CHECK,
            [
                (
                    *(check.person, check.placement_source, check.placement),
                    *(check.municipality, council_of(check.municipality)),
                    *(check.due_on, check.first_on, check.last_on),
                )
                for check in checks
            ],
        )


def _jobseeker(row: asyncpg.Record) -> Jobseeker:
    lists = {name: tuple(row[name]) for name in ("occupations", "declined")}
    return Jobseeker(row["person"], row["council"], row["since"], **lists)
