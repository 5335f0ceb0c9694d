"""The share dialog of a workspace's analytics.

Making and ending links is `dashapp/sharing/`."""
