"""Callbacks of `pages/annotations/`: they check, call and return; the logic is in `pages/` and `dashapp/`."""
