"""Wiring of `pages/editor/`.

No thinking happens here."""
