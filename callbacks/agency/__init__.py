"""Callbacks of `pages/agency/`: they check, call and return; the logic is in `pages/` and `dashapp/`."""
