"""Wiring of `pages/questions/`.

No thinking happens here.
"""
