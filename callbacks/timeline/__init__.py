"""Wiring of `pages/timeline/`."""
