"""Callbacks of `pages/data_team/`: they check, call and return; the logic is in `pages/` and `dashapp/`."""
