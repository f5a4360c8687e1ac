"""Alembic's entry point: writes a schema's upgrade as SQL, which `runtime.storage.migrate` runs."""

from alembic import context

context.configure(
    dialect_name="postgresql",
    dialect_opts={"paramstyle": "named"},
    transactional_ddl=False,
    version_table=context.config.attributes["table"],
    version_table_schema=context.config.attributes["schema"],
)
context.run_migrations()
