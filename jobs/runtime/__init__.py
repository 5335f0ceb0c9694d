"""Running jobs: leader, lease, ledger, clock, executors, workers.

What the jobs do is `jobs/catalog/`."""
