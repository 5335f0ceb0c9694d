"""Wiring of `pages/campaigns/`.

No thinking happens here.
"""
