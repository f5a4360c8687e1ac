"""The schemas of the projections, and the tables that one is made of."""

LIVE, NEXT, PREVIOUS = "reporting", "reporting_next", "reporting_previous"

TABLES = ("projection", "position", "fact", "subject", "entry")
"""All that follows from the log; what was decided, closed or published outlives it."""

LOCK_REBUILD = 4
"""First half of the advisory locks' keys; the second is the partition, or ALL for the whole."""
ALL = -1
TRY_LOCK = "SELECT pg_try_advisory_lock($1, $2)"

BUILDING = {
    "search_path": f"{NEXT}, {LIVE}",  # the new tables hide the live ones of the same name
    "statement_timeout": "0",
    "transaction_timeout": "0",
    "idle_in_transaction_session_timeout": "60s",  # a part is computed while its tables are filled
    "maintenance_work_mem": "256MB",
    "max_parallel_maintenance_workers": "0",  # several tables are indexed at once
    "work_mem": "64MB",
    "jit": "off",
}
"""A session that writes new tables: nobody waits for them, and indexes of millions take long."""
