"""The desk's callbacks: each module has `register(guard, services)`; only `guard.py` registers anything with
Dash.
"""
