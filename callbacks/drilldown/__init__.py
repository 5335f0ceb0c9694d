"""Callbacks of `pages/drilldown/`: they check, call and return; the logic is in `pages/` and `dashapp/`."""
