"""Run by Alembic with the connection `migrate.upgrade` has opened: its transaction is ours."""

from __future__ import annotations

from alembic import context

from dashapp.db.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
