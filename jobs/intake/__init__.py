"""The fast loop of what came in: drain, refresh, and events no refresh can take in.

Scheduled jobs are `jobs/catalog/`."""
