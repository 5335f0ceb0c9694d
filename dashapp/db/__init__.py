"""The app database: one file per family of tables, and the engine they live in."""
