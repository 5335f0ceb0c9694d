"""Callbacks of `pages/alerts/`: they check, call and return; the logic is in `pages/` and `dashapp/`."""
