-- The steward's notes about pairs of records that may report one job.

-- The decision about two records that may report one job, by their keys, so that it survives every
-- rebuild; `one` is the lesser key. The last row of a pair counts: without a reason it withdraws the
-- row before.
CREATE TABLE duplicate_note (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    one_source text COLLATE "C" NOT NULL,
    one_factid text COLLATE "C" NOT NULL,
    one_subject text COLLATE "C" NOT NULL,
    other_source text COLLATE "C" NOT NULL,
    other_factid text COLLATE "C" NOT NULL,
    other_subject text COLLATE "C" NOT NULL,
    reason text CHECK (reason IN ('two_employers', 'new_contract', 'second_shift', 'other')),
    noted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX duplicate_note_pair ON duplicate_note (
    one_source, one_factid, one_subject, other_source, other_factid, other_subject, id
);
