"""Wiring of `pages/alerts/`.

No thinking happens here.
"""
