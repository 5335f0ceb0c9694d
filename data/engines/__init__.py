"""What runs the marts' SQL: DuckDB in this process; for full builds Apache Spark, too."""
