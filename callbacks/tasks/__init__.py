"""Wiring of `pages/tasks/`."""
