"""PostgreSQL: the pool, the facts of a service, quarantine, idempotent requests, migrations."""
