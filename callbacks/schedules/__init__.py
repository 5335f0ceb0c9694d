"""Wiring of `pages/schedules/`.

No thinking happens here.
"""
