"""What is expected: who should report and has, for readers; and what of it is not yet published."""

from alembic import op

revision = "0011"
down_revision = "0010"

STATES = """
-- All states of one record of those that make no entries.
CREATE INDEX fact_expected ON fact (subject, factid)
WHERE type IN ('reference.partner.reported', 'reference.target.set', 'reference.fact.retracted');
"""

ANEW = """
-- Records of partners' reports that the fold has heard and the publisher has not looked at; no key.
CREATE TABLE reported_anew (
    source text COLLATE "C" NOT NULL,
    organisation text COLLATE "C" NOT NULL,
    factid text COLLATE "C" NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
INSERT INTO reported_anew (source, organisation, factid)
SELECT DISTINCT source, subject, factid FROM fact WHERE type = 'reference.partner.reported';
"""

PUBLISHED = """
-- Who should report on a council, and through which day organisations have.
CREATE TABLE published.reporter (
    organisation text COLLATE "C" NOT NULL,
    domain text COLLATE "C" NOT NULL,
    place text COLLATE "C" NOT NULL,
    first_on date NOT NULL,
    PRIMARY KEY (place, domain, organisation)
);
CREATE TABLE published.reported (
    organisation text COLLATE "C" NOT NULL,
    domain text COLLATE "C" NOT NULL,
    place text COLLATE "C" NOT NULL,
    through date NOT NULL,
    PRIMARY KEY (place, domain, organisation)
);
-- The domains whose events a measure counts; of these an absent zero hangs on who is silent.
ALTER TABLE published.indicator ADD COLUMN domains text[] NOT NULL DEFAULT '{}';
"""

SILENT_SINCE = """
-- The last day of a period.
CREATE FUNCTION published.last_on(text) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    CASE WHEN $1 LIKE '%-Q%' THEN make_date(left($1, 4)::int, right($1, 1)::int * 3, 1)
         WHEN $1 LIKE '%-%' THEN to_date(right($1, 7) || '-01', 'YYYY-MM-DD')
         ELSE make_date($1::int, 12, 1) END + interval '1 month'
)::date - 1;
-- Since when somebody is silent whose silence a zero of a council may come from; null if nobody.
-- The rule of `expecting/completeness.py`, for readers who know nothing but SQL: (indicator,
-- measure, council, period).
CREATE FUNCTION published.silent_since(text, text, text, text) RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
    SELECT min(greatest(told.through + 1, expected.first_on))
    FROM published.indicator i
    JOIN published.reporter expected ON expected.domain = ANY (i.domains) AND expected.place = $3
    LEFT JOIN published.reported told USING (organisation, domain, place)
    CROSS JOIN LATERAL (
        SELECT least(published.last_on($4),
                     (clock_timestamp() AT TIME ZONE 'Europe/Belgrade')::date - 1) AS due_on
    ) AS asked
    WHERE (i.indicator, i.measure) = ($1, $2)
      AND expected.first_on <= asked.due_on
      AND (told.through IS NULL OR told.through < asked.due_on)
);
"""


def upgrade() -> None:
    for ddl in (STATES, ANEW, PUBLISHED, SILENT_SINCE):
        op.execute(ddl)
