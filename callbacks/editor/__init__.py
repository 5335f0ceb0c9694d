"""Callbacks of `pages/editor/`: they check, call and return; the logic is in `pages/` and `dashapp/`."""
