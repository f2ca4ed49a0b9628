"""Alembic's entry point. `server/migrate.py` passes the connection in `attributes`."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table_schema="ops", transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
