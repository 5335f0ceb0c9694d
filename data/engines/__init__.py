"""What runs the marts' SQL: DuckDB in this process (Spark comes with a later issue)."""
