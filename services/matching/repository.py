"""Matching's SQL: the facts of persons and vacancies, and the lists that follow from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import asyncpg

from runtime.storage.fact import Facts
from runtime.storage.fact_store import FactStore
from runtime.storage.pool import Connection
from schemas.envelope import Envelope
from schemas.events.event import Event
from schemas.territory import council_of
from services.matching import model, placements
from services.matching.model import Jobseeker, Proposal, Vacancy
from services.matching.placements import EmploymentCheck

_NEAR_MAX = 200  # rows in the model's order: the few that it selects are among them

_DELETE_JOBSEEKER = "DELETE FROM jobseeker WHERE person = $1"
_INSERT_JOBSEEKER = """
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
_DELETE_VACANCY = "DELETE FROM vacancy WHERE code = $1"
_INSERT_VACANCY = """
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
_INSERT_PROPOSAL = """
INSERT INTO proposal (person, vacancy, proposed_on) VALUES ($1, $2, $3)
"""
_DELETE_PROPOSALS = "DELETE FROM proposal WHERE person = $1"
_PROPOSED = "SELECT vacancy FROM proposal WHERE person = $1 AND vacancy = ANY ($2::text[])"
_CURRENT_PROPOSALS = """
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
) AS ranked
WHERE rank <= $3
ORDER BY person, rank
LIMIT $4
"""
_DELETE_CHECKS = "DELETE FROM employment_check WHERE person = $1"
_INSERT_CHECK = """
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
class CurrentProposal:
    """A published proposal that is still open on both sides; rank 1 suits best."""

    person: str
    vacancy: str
    rank: int
    municipality: str
    occupation: str
    proposed_on: date


class MatchingRepository:
    """What matching knows, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.facts = FactStore(connection)
        self._connection = connection

    async def validate(self, event: Envelope[Event]) -> None:
        """Raise Refusal if a fact of this service contradicts what it knows."""
        if event.data is not None:
            facts = await self.facts.of_subject(event.subject, without=event.identity)
            named: str | None = getattr(event.data, "vacancy", None)
            model.validate(
                *(facts, event.data, await self.vacancy(named or "")),
                is_proposed=bool(await self.proposed(event.subject, [named or ""])),
            )

    async def apply(self, event: Envelope[Event]) -> None:
        """Store the state of a fact, and update the lists that its subject is in."""
        await self.facts.lock(event.subject)
        if await self.facts.upsert(event):
            await self._update_lists(event.subject, await self.facts.of_subject(event.subject))

    async def erase(self, event: Envelope[Event], reason: str | None = None) -> None:
        """Delete all about an erased person, for good; published events stay unchanged."""
        if await self.facts.erase(event, reason):
            await self._update_lists(event.subject, ())
            await self._connection.execute(_DELETE_PROPOSALS, event.subject)

    async def lock_council(self, council: str) -> None:
        """Lock the matching of a council until the transaction ends.

        Without it a person and a vacancy that arrive at the same time would not see each other.
        """
        await self.facts.lock(f"m-{council}")

    async def jobseeker(self, person: str) -> Jobseeker | None:
        """Return the person as jobseeker; None if she does not seek work."""
        row = await self._connection.fetchrow(_JOBSEEKER, person)
        return None if row is None else _jobseeker(row)

    async def jobseekers(self, council: str | None, rows_max: int) -> list[Jobseeker]:
        """Return who seeks work, the longest seeking first."""
        rows = await self._connection.fetch(_JOBSEEKERS, council, rows_max)
        return [_jobseeker(row) for row in rows]

    async def jobseekers_near(self, vacancy: Vacancy) -> list[Jobseeker]:
        """Return who seeks such work in the vacancy's council and was not proposed it yet."""
        rows = await self._connection.fetch(
            _JOBSEEKERS_NEAR, vacancy.council, vacancy.occupation, vacancy.code, _NEAR_MAX
        )
        return [_jobseeker(row) for row in rows]

    async def vacancy(self, code: str) -> Vacancy | None:
        """Return the vacancy, open or closed; None if it is unknown."""
        row = await self._connection.fetchrow(_VACANCY, code)
        return None if row is None else Vacancy(**row)

    async def vacancies(self, council: str | None, rows_max: int) -> list[Vacancy]:
        """Return the open vacancies, the newest first."""
        rows = await self._connection.fetch(_VACANCIES, council, rows_max)
        return [Vacancy(**row) for row in rows]

    async def vacancies_near(self, seeker: Jobseeker) -> list[Vacancy]:
        """Return the open vacancies of a near occupation in the person's council."""
        rows = await self._connection.fetch(
            _VACANCIES_NEAR,
            *(seeker.council, model.near(seeker.occupations), seeker.occupations),
            *(seeker.declined, _NEAR_MAX),
        )
        return [Vacancy(**row) for row in rows]

    async def proposed(self, person: str, vacancies: Sequence[str]) -> set[str]:
        """Return those of the vacancies that were proposed to a person."""
        rows = await self._connection.fetch(_PROPOSED, person, vacancies)
        return {row["vacancy"] for row in rows}

    async def propose(self, proposals: Sequence[Proposal], on: date) -> None:
        """Store the proposals that are about to be published."""
        await self._connection.executemany(
            _INSERT_PROPOSAL,
            [(proposal.person, proposal.vacancy.code, on) for proposal in proposals],
        )

    async def current_proposals(
        self, person: str | None, council: str | None, rows_max: int
    ) -> list[CurrentProposal]:
        """Return the current proposals, for each person the few best."""
        rows = await self._connection.fetch(
            _CURRENT_PROPOSALS, person, council, model.PROPOSALS_MAX, rows_max
        )
        return [CurrentProposal(**row) for row in rows]

    async def checks_due(
        self, until: date, council: str | None, rows_max: int
    ) -> list[EmploymentCheck]:
        """Return the jobs to confirm that are due by a day, the longest due first."""
        rows = await self._connection.fetch(_CHECKS_DUE, until, council, rows_max)
        return [EmploymentCheck(**row) for row in rows]

    async def _update_lists(self, subject: str, facts: Facts) -> None:
        if subject.startswith("v-"):
            await self._replace_vacancy(subject, model.vacancy(facts))
        else:
            await self._replace_jobseeker(subject, model.jobseeker(facts))
            await self._replace_checks(subject, placements.checks(facts))

    async def _replace_jobseeker(self, person: str, seeker: Jobseeker | None) -> None:
        await self._connection.execute(_DELETE_JOBSEEKER, person)
        if seeker is not None:
            await self._connection.execute(
                _INSERT_JOBSEEKER,
                *(seeker.person, seeker.council, seeker.since),
                *(seeker.occupations, model.near(seeker.occupations), seeker.declined),
            )

    async def _replace_vacancy(self, code: str, vacancy: Vacancy | None) -> None:
        await self._connection.execute(_DELETE_VACANCY, code)
        if vacancy is not None:
            await self._connection.execute(
                _INSERT_VACANCY,
                *(vacancy.code, vacancy.municipality, vacancy.council),
                *(vacancy.occupation, vacancy.positions),
                *(vacancy.opened_on, vacancy.closed_on, vacancy.outcome),
            )

    async def _replace_checks(self, person: str, checks: Sequence[EmploymentCheck]) -> None:
        await self._connection.execute(_DELETE_CHECKS, person)
        await self._connection.executemany(
            _INSERT_CHECK,
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
