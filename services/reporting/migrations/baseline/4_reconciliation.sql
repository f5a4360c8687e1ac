-- Runs of the reconciliation, the discrepancies they found, and the cells held because of them.

-- One run. `agrees` is null while it runs, and stays null if it was interrupted.
CREATE TABLE reconciliation_run (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('sample', 'all')),
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    compared bigint NOT NULL DEFAULT 0,
    differs bigint NOT NULL DEFAULT 0,
    agrees boolean,
    report jsonb
);
CREATE INDEX reconciliation_run_ended ON reconciliation_run (kind, ended_at);
-- What was found to differ, and by what it is found again. `number` is an offset or a subject id.
-- Open until it is checked again and agrees. Only the steward reads it.
CREATE TABLE discrepancy (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run bigint NOT NULL REFERENCES reconciliation_run (id),
    kind text NOT NULL,
    code text COLLATE "C",
    topic text,
    partition integer,
    number bigint,
    detail text NOT NULL,
    found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    checked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    resolved_at timestamptz
);
CREATE UNIQUE INDEX discrepancy_open ON discrepancy (kind, code, topic, partition, number)
NULLS NOT DISTINCT WHERE resolved_at IS NULL;

-- Cells that may be counted wrongly because of a discrepancy. Null is any measure, any council, no
-- beginning, no end. `affects_facts`: the facts may be wrong, and with them every table as of any
-- instant. Stored by names and codes, so that holds outlive projections.
CREATE TABLE hold (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    discrepancy bigint NOT NULL REFERENCES discrepancy (id),
    measure text COLLATE "C",
    municipality text COLLATE "C",
    from_month date,
    to_month date,
    affects_facts boolean NOT NULL
);
CREATE INDEX hold_discrepancy ON hold (discrepancy);
