"""Wiring of `pages/agency/`."""
