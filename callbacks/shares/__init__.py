"""Wiring of `pages/shares/`.

No thinking happens here.
"""
