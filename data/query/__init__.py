"""Answers by name: one workspace (`ask`), many workspaces together (`many`), and what is kept of them.

The rows behind a figure are `data/drilldown/`."""
