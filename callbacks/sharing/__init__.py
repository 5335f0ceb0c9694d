"""Wiring of `pages/sharing/`.

No thinking happens here."""
