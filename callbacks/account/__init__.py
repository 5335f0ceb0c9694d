"""Callbacks of `pages/account/`: they check, call and return; the logic is in `pages/` and `dashapp/`."""
