"""Alembic's way in: it runs in the connection and the transaction of `app.storage.schema`."""

from alembic import context

from app.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite too: the connection began its transaction by hand
)
with context.begin_transaction():
    context.run_migrations()
