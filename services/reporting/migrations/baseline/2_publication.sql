-- What is published for Grafana, Prometheus, the board and exports, and what of it is withheld.

-- All that Grafana, Prometheus, the board and exports may read.
-- `domains`: the domains whose events a measure counts; whether an absent zero is confirmed depends
-- on their reporters.
CREATE TABLE published.indicator (
    indicator text COLLATE "C" NOT NULL,
    measure text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    class text NOT NULL,
    category text NOT NULL,
    title_sr text NOT NULL,
    title_en text NOT NULL,
    definition_status text NOT NULL,
    domains text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (indicator, measure)
);
CREATE TABLE published.place (
    place text COLLATE "C" PRIMARY KEY,
    level text NOT NULL,
    name_sr text NOT NULL,
    name_en text NOT NULL,
    parent text COLLATE "C"
);
CREATE TABLE published.value (
    indicator text COLLATE "C" NOT NULL,
    measure text COLLATE "C" NOT NULL,
    place text COLLATE "C" NOT NULL,
    period_type text NOT NULL,
    period text COLLATE "C" NOT NULL,
    first_on date,
    last_on date NOT NULL,
    split text COLLATE "C" NOT NULL,
    bucket text COLLATE "C" NOT NULL,
    value numeric,
    state text NOT NULL,
    published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (indicator, measure, place, period, split, bucket)
);
CREATE INDEX value_current ON published.value (last_on, period_type);
CREATE INDEX value_withheld ON published.value (place, period) WHERE state = 'withheld';

-- For readers of `published`: measures and places, of every level, that show no number between two
-- days.
CREATE TABLE published.withheld (
    indicator text COLLATE "C" NOT NULL,
    measure text COLLATE "C" NOT NULL,
    place text COLLATE "C" NOT NULL,
    first_on date NOT NULL,
    last_on date NOT NULL
);
CREATE INDEX withheld_place ON published.withheld (indicator, measure, place);
-- Whether a total is withheld, even if it was never published. A stock is counted on the last day of
-- a period only.
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
    ) AS requested
    CROSS JOIN LATERAL (
        SELECT (requested.start + CASE WHEN $4 LIKE '%-Q%' THEN interval '3 months'
                                   WHEN $4 LIKE '%-%' THEN interval '1 month'
                                   ELSE interval '1 year' END)::date - 1 AS last_on
    ) AS period
    WHERE (w.indicator, w.measure, w.place) = ($1, $2, $3)
      AND w.first_on <= period.last_on
      AND w.last_on >= CASE WHEN i.kind = 'stock' THEN period.last_on
                            WHEN $4 LIKE 'to-%' THEN '-infinity' ELSE requested.start END
);

-- Public counts about the quality of the data; small ones have no number.
CREATE TABLE published.quality (
    place text COLLATE "C" NOT NULL,
    figure text COLLATE "C" NOT NULL,
    value integer,
    state text NOT NULL,
    as_of timestamptz NOT NULL,
    PRIMARY KEY (place, figure)
);

-- The day whose periods were published last, and by which definitions and policy, so that no month
-- is skipped after a long stop; one row, none before the first publication.
CREATE TABLE calendar (
    is_one boolean PRIMARY KEY DEFAULT true CHECK (is_one),
    day date NOT NULL,
    definitions_fingerprint bytea,
    policy integer
);
