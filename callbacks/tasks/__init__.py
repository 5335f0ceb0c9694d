"""Callbacks of `pages/tasks/`: they check, call and return; the logic is in `pages/` and `dashapp/`."""
