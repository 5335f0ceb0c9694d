"""The desk's wiring: each module has `register(guard, services)`; `guard.py` is the only door to Dash."""
