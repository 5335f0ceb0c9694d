"""Wiring of `pages/analytics/`.

No thinking happens here."""
