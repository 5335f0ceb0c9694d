"""Callbacks of `pages/schedules/`: they check, call and return; the logic is in `pages/` and `dashapp/`."""
