"""Alembic's environment; `dashapp/db/migrate.py` runs it."""
