"""Wiring of `pages/sources/`.

No thinking happens here."""
