-- Releases: a council's closed periods as they were frozen, and every later step on them.

-- What was read in one snapshot to be frozen as a version. Places and measures are stored by name,
-- so that a release outlives every projection. `digest` is over `release_value`, see
-- releases/model.py; `definitions` has the version of each indicator, `positions` the projected
-- offsets.
CREATE TABLE release (
    id text COLLATE "C" PRIMARY KEY,
    place text COLLATE "C" NOT NULL,
    period text COLLATE "C" NOT NULL,
    first_on date NOT NULL,
    last_on date NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    read_at timestamptz NOT NULL,
    projected_through timestamptz NOT NULL,
    tables integer NOT NULL,
    definitions_fingerprint bytea NOT NULL,
    definitions jsonb NOT NULL,
    positions jsonb NOT NULL,
    digest bytea NOT NULL
);
CREATE INDEX release_period ON release (place, period);
CREATE TABLE release_value (
    release text COLLATE "C" NOT NULL REFERENCES release (id),
    indicator text COLLATE "C" NOT NULL,
    measure text COLLATE "C" NOT NULL,
    split text COLLATE "C" NOT NULL,
    bucket text COLLATE "C" NOT NULL,
    value numeric,
    state text NOT NULL,
    PRIMARY KEY (release, indicator, measure, split, bucket)
);
-- Every step of every release, in order: the state of a period follows from its steps.
CREATE TABLE release_step (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    release text COLLATE "C" NOT NULL REFERENCES release (id),
    step text NOT NULL CHECK (step IN ('prepared', 'replaced', 'rejected', 'approved', 'reopened')),
    taken_by text NOT NULL,
    taken_at timestamptz NOT NULL,
    reason text
);
CREATE INDEX release_step_release ON release_step (release);
-- Which indicators are known to differ from a closed version, and for which reasons.
CREATE TABLE release_revision (
    release text COLLATE "C" NOT NULL REFERENCES release (id),
    indicator text COLLATE "C" NOT NULL,
    noted_at timestamptz NOT NULL,
    PRIMARY KEY (release, indicator)
);
CREATE TABLE release_reason (
    release text COLLATE "C" NOT NULL,
    indicator text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    noted_at timestamptz NOT NULL,
    PRIMARY KEY (release, indicator, reason),
    FOREIGN KEY (release, indicator) REFERENCES release_revision (release, indicator)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are immutable', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER release_is_immutable BEFORE UPDATE OR DELETE ON release
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER release_no_truncate BEFORE TRUNCATE ON release
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER release_value_is_immutable BEFORE UPDATE OR DELETE ON release_value
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER release_value_no_truncate BEFORE TRUNCATE ON release_value
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER release_step_is_immutable BEFORE UPDATE OR DELETE ON release_step
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER release_step_no_truncate BEFORE TRUNCATE ON release_step
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER release_revision_is_immutable BEFORE UPDATE OR DELETE ON release_revision
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER release_revision_no_truncate BEFORE TRUNCATE ON release_revision
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER release_reason_is_immutable BEFORE UPDATE OR DELETE ON release_reason
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER release_reason_no_truncate BEFORE TRUNCATE ON release_reason
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE closed_period (
    release text COLLATE "C" PRIMARY KEY REFERENCES release (id),
    place text COLLATE "C" NOT NULL,
    from_month date NOT NULL,
    to_month date NOT NULL
);
CREATE INDEX closed_period_place ON closed_period (place);
-- Closed releases to compare again, with the measures that changed since the last comparison (null:
-- all); without a key, so that no insert waits.
CREATE TABLE release_recheck (
    release text COLLATE "C" NOT NULL,
    measure smallint
);
CREATE INDEX release_recheck_release ON release_recheck (release, measure);

-- Read from the log at each start. A published version is never published again with other content,
-- although a restored database may lack its release.
CREATE TABLE published_version (
    place text COLLATE "C" NOT NULL,
    period text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (place, period, version)
);
