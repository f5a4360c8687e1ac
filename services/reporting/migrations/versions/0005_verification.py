"""Proofs that run by themselves, what they suspect, which cells are in doubt, what is withheld."""

from alembic import op

revision = "0005"
down_revision = "0004"

VERIFICATIONS = """
-- One run of the proof. `agrees` is null while it runs, and for ever if it was broken off.
CREATE TABLE verification (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('sample', 'all')),
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    compared bigint NOT NULL DEFAULT 0,
    differs bigint NOT NULL DEFAULT 0,
    agrees boolean,
    certificate jsonb
);
CREATE INDEX verification_ended ON verification (kind, ended_at);
-- What was found to differ, by what it can be found again: the steward reads it, nobody else.
-- A suspect stands until it is looked at again and agrees.
CREATE TABLE suspect (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    verification bigint NOT NULL REFERENCES verification (id),
    kind text NOT NULL,
    code text COLLATE "C",
    topic text,
    partition integer,
    number bigint,
    why text NOT NULL,
    found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    looked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    cleared_at timestamptz
);
CREATE UNIQUE INDEX suspect_open ON suspect (kind, code, topic, partition, number)
NULLS NOT DISTINCT WHERE cleared_at IS NULL;
"""

DOUBTS = """
-- Cells that may be counted wrongly because of a suspect. Null is any measure, any place, no
-- beginning, no end. `is_of_log`: the facts are in doubt, and with them what was known at any
-- instant. Names and codes, no numbers: doubts outlive projections.
CREATE TABLE doubt (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    suspect bigint NOT NULL REFERENCES suspect (id),
    measure text COLLATE "C",
    municipality text COLLATE "C",
    from_month date,
    to_month date,
    is_of_log boolean NOT NULL
);
CREATE INDEX doubt_suspect ON doubt (suspect);
"""

WITHHELD = """
-- For readers of `published`: the measures and places, every level by itself, that show no number
-- between two days.
CREATE TABLE published.withheld (
    indicator text COLLATE "C" NOT NULL,
    measure text COLLATE "C" NOT NULL,
    place text COLLATE "C" NOT NULL,
    first_on date NOT NULL,
    last_on date NOT NULL
);
CREATE INDEX withheld_place ON published.withheld (indicator, measure, place);
-- Whether a total that was perhaps never published is withheld. A stock is counted on the last day
-- of a period only.
CREATE FUNCTION published.is_withheld(text, text, text, text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN EXISTS (
    SELECT
    FROM published.withheld w
    JOIN published.indicator i USING (indicator, measure)
    CROSS JOIN (
        SELECT (CASE
            WHEN $4 LIKE 'to-%' THEN to_date(substr($4, 4) || '-01', 'YYYY-MM-DD')
            WHEN $4 LIKE '%-Q%' THEN make_date(left($4, 4)::int, right($4, 1)::int * 3 - 2, 1)
            WHEN $4 LIKE '%-%' THEN to_date($4 || '-01', 'YYYY-MM-DD')
            ELSE make_date($4::int, 1, 1) END) AS start
    ) AS asked
    CROSS JOIN LATERAL (
        SELECT (asked.start + CASE WHEN $4 LIKE '%-Q%' THEN interval '3 months'
                                   WHEN $4 LIKE '%-%' THEN interval '1 month'
                                   ELSE interval '1 year' END)::date - 1 AS last_on
    ) AS period
    WHERE (w.indicator, w.measure, w.place) = ($1, $2, $3)
      AND w.first_on <= period.last_on
      AND w.last_on >= CASE WHEN i.kind = 'stock' THEN period.last_on
                            WHEN $4 LIKE 'to-%' THEN '-infinity' ELSE asked.start END
);
"""


def upgrade() -> None:
    for ddl in (VERIFICATIONS, DOUBTS, WITHHELD):
        op.execute(ddl)
