"""Wiring of `pages/data_team/`.

No thinking happens here."""
