"""Callbacks of `pages/analytics/`: they check, call and return; the logic is in `pages/` and `dashapp/`."""
