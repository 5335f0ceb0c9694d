"""Callbacks of `pages/questions/`: they check, call and return; the logic is in `pages/` and `dashapp/`."""
