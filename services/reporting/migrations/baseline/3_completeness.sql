-- Who should report on a council, who has, and since when a reporter is silent.

-- Records of partners' reports that are projected and not published yet; without a key, so that no
-- insert waits.
CREATE TABLE report_change (
    source text COLLATE "C" NOT NULL,
    organisation text COLLATE "C" NOT NULL,
    factid text COLLATE "C" NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

-- Councils whose rows in published.reported may be wrong, because a rebuild may have changed the
-- facts. Readers and the publisher read all reports of these; without a key.
CREATE TABLE report_reload (place text COLLATE "C" NOT NULL);

-- Who should report on a council, and through which day organisations have reported.
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

-- The last day of a period.
CREATE FUNCTION published.last_on(text) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    CASE WHEN $1 LIKE '%-Q%' THEN make_date(left($1, 4)::int, right($1, 1)::int * 3, 1)
         WHEN $1 LIKE '%-%' THEN to_date(right($1, 7) || '-01', 'YYYY-MM-DD')
         ELSE make_date($1::int, 12, 1) END + interval '1 month'
)::date - 1;
-- Since when a reporter is silent whose missing facts could count in a zero; null if none is. The
-- rule of `completeness/model.py` for readers in SQL: (indicator, measure, council, period).
CREATE FUNCTION published.silent_since(text, text, text, text) RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
    SELECT min(greatest(reported.through + 1, expected.first_on))
    FROM published.indicator i
    JOIN published.reporter expected ON expected.domain = ANY (i.domains) AND expected.place = $3
    LEFT JOIN published.reported reported USING (organisation, domain, place)
    CROSS JOIN LATERAL (
        SELECT least(published.last_on($4),
                     (clock_timestamp() AT TIME ZONE 'Europe/Belgrade')::date - 1) AS due_on
    ) AS requested
    WHERE (i.indicator, i.measure) = ($1, $2)
      AND expected.first_on <= requested.due_on
      AND (reported.through IS NULL OR reported.through < requested.due_on)
);
