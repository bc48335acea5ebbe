"""Run by Alembic: the connection comes from the open store, since only it has the key."""

from alembic import context

from app.models.base import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
