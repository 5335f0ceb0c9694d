"""Wiring of `pages/annotations/`.

No thinking happens here.
"""
