"""The names of the projections' schemas and tables, their locks, and the staging session."""

LIVE, NEXT, PREVIOUS = "reporting", "reporting_next", "reporting_previous"

PROJECTION_TABLES = ("projection", "position", "fact", "subject", "entry")
"""The tables that derive from the log only; a cut-over replaces them, and no others."""

LOCK_REBUILD = 4
"""First half of the keys of advisory locks; the second is a chunk's, or ALL_PARTITIONS."""
ALL_PARTITIONS = -1
TRY_LOCK = "SELECT pg_try_advisory_lock($1, $2)"

STAGING_SESSION = {
    "search_path": f"{NEXT}, {LIVE}",  # staging tables hide the live tables of the same name
    "statement_timeout": "0",
    "transaction_timeout": "0",
    "idle_in_transaction_session_timeout": "60s",  # a chunk is computed while it is written
    "maintenance_work_mem": "256MB",
    "max_parallel_maintenance_workers": "0",  # several tables are indexed concurrently
    "work_mem": "64MB",
    "jit": "off",
}
"""Settings of a session that writes staging tables, which nobody waits for."""
