"""Wiring of `pages/people/`."""
