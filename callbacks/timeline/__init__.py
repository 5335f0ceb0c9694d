"""Callbacks of `pages/timeline/`: they check, call and return; the logic is in `pages/` and `dashapp/`."""
