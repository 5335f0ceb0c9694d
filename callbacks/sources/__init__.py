"""Callbacks of `pages/sources/`: they check, call and return; the logic is in `pages/` and `dashapp/`."""
