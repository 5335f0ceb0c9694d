"""Callbacks of `pages/people/`: they check, call and return; the logic is in `pages/` and `dashapp/`."""
