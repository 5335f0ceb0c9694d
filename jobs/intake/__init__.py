"""The fast loop for incoming events: drain, refresh, and events that no refresh can process. Scheduled jobs are
in `jobs/catalog/`.
"""
