"""Wiring of `pages/account/`."""
