"""Receipts know which revision of which fact their event states, and carry notes."""

from alembic import op

revision = "0002_stated_revisions"
down_revision = "0001_baseline"

RECEIPTS = """
DROP INDEX receipt_fact;
ALTER TABLE receipt
    ADD COLUMN type text COLLATE "C",
    ADD COLUMN stated_type text COLLATE "C",
    ADD COLUMN revision bigint,
    ADD COLUMN placed_on date,
    ADD COLUMN notes text[] NOT NULL DEFAULT '{}';
UPDATE receipt r SET
    type = e.event ->> 'type',
    stated_type = CASE WHEN r.fact_type LIKE '%.fact.retracted'
        THEN e.event -> 'data' ->> 'type' ELSE r.fact_type END,
    revision = (e.event ->> 'revision')::bigint,
    placed_on = CASE WHEN r.fact_type = 'matching.placement.made'
        THEN (e.event -> 'data' ->> 'on')::date END
FROM (
    SELECT o.source, o.event_id, convert_from(o.value, 'UTF8')::jsonb AS event FROM outbox o
) AS e
WHERE (r.source, r.event_id) = (e.source, e.event_id);
ALTER TABLE receipt
    ALTER COLUMN type SET NOT NULL,
    ALTER COLUMN stated_type SET NOT NULL,
    ALTER COLUMN revision SET NOT NULL,
    DROP COLUMN fact_type;
-- Finds what a source has stated under a factid, and whether it has stated anything of a person.
CREATE INDEX receipt_fact ON receipt (source, factid);
CREATE INDEX receipt_subject ON receipt (source, subject);
"""


def upgrade() -> None:
    op.execute(RECEIPTS)
