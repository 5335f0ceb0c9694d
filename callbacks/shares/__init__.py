"""Callbacks of `pages/shares/`: they check, call and return; the logic is in `pages/` and `dashapp/`."""
